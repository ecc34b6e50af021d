// A program in the network namespace of a lab: the DHCP and name server of the LAN, and the internet, which is a web
// server that prints its clients. It ends with its standard input. dnsmasq, below it in a PID namespace, ends with it.
//
// outside.js GATEWAY LAN-PREFIX INTERNET FOLDER [NETWORK]
// NETWORK: an IPv6 network, for which it sends router advertisements on the LAN.
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { join } from "node:path";

const [gateway = "", network = "", internet = "", folder = "", network6] = process.argv.slice(2);

process.stdin.on("end", () => process.exit()).resume();

const dnsmasq = spawn(
  "dnsmasq",
  [
    ...["--keep-in-foreground", "--conf-file=/dev/null", "--pid-file=", "--user=root", "--log-facility=-"],
    ...["--interface=lan0", "--except-interface=lo", "--bind-interfaces"],
    ...["--no-resolv", "--no-hosts", `--address=/outside.test/${internet}`],
    "--no-ping", // without it, the first lease takes 3 s
    `--dhcp-range=${network}.100,${network}.199,1h`,
    `--dhcp-option=option:router,${gateway}`,
    `--dhcp-leasefile=${join(folder, "leases")}`,
    ...(network6 ? ["--enable-ra", `--dhcp-range=${network6.replace("/64", "")},ra-only,64,10m`] : []),
  ],
  { stdio: ["ignore", "ignore", "inherit"] },
);
dnsmasq.on("exit", (code) => {
  throw new Error(`dnsmasq ended with exit code ${code}`);
});

createServer((request, response) => {
  const from = request.socket.remoteAddress;
  console.log(JSON.stringify({ from, path: request.url }));
  response.end(`outside sees ${from}\n`);
}).listen(80, internet, () => console.log(JSON.stringify({ ready: true })));
