import { UserError } from "../core/errors";
import { settingErrors } from "./errors";
import { type Settings, single } from "./ssh-settings";

const words = (text: string) => text.trim().split(/\s+/);

/** Keywords of ssh_config(5) that we honour. */
export const honoured = words(`
  BindAddress Ciphers ConnectTimeout GlobalKnownHostsFile HashKnownHosts Host HostKeyAlgorithms HostKeyAlias
  HostName IdentitiesOnly IdentityAgent IdentityFile Include KexAlgorithms MACs Match Port ProxyCommand
  ProxyJump PubkeyAcceptedAlgorithms PubkeyAcceptedKeyTypes RefuseConnection RequiredRSASize RevokedHostKeys StrictHostKeyChecking User UserKnownHostsFile
`);

/** Keywords that we ignore. Without them we trust less, or can do less. So nothing is less safe than the user asked. */
export const needless = words(`
  AddKeysToAgent AddressFamily BatchMode CanonicalDomains CanonicalizeFallbackLocal CanonicalizeHostname
  CanonicalizeMaxDots CanonicalizePermittedCNAMEs CASignatureAlgorithms CertificateFile ChannelTimeout
  CheckHostIP ClearAllForwardings Compression ConnectionAttempts ControlMaster ControlPath ControlPersist
  DynamicForward EnableEscapeCommandline EnableSSHKeysign EscapeChar ExitOnForwardFailure FingerprintHash
  ForkAfterAuthentication ForwardAgent ForwardX11 ForwardX11Timeout ForwardX11Trusted GatewayPorts
  GSSAPIAuthentication GSSAPIClientIdentity GSSAPIDelegateCredentials GSSAPIKexAlgorithms GSSAPIKeyExchange
  GSSAPIRenewalForcesRekey GSSAPIServerIdentity GSSAPITrustDns HostbasedAcceptedAlgorithms
  HostbasedAuthentication IgnoreUnknown IPQoS KbdInteractiveAuthentication KbdInteractiveDevices
  KnownHostsCommand LocalCommand LocalForward LogLevel LogVerbose NoHostAuthenticationForLocalhost
  NumberOfPasswordPrompts ObscureKeystrokeTiming PasswordAuthentication PermitLocalCommand PermitRemoteOpen
  PKCS11Provider PreferredAuthentications PubkeyAuthentication RekeyLimit RemoteCommand
  RemoteForward RequestTTY SecurityKeyProvider SendEnv ServerAliveCountMax ServerAliveInterval SessionType
  SetEnv StdinNull StreamLocalBindMask StreamLocalBindUnlink SyslogFacility Tag TCPKeepAlive Tunnel TunnelDevice
  ChallengeResponseAuthentication Cipher CompressionLevel DSAAuthentication KeepAlive Protocol RhostsRSAAuthentication
  RSAAuthentication UsePrivilegedPort UseRoaming UpdateHostKeys UseKeychain VerifyHostKeyDNS VersionAddendum VisualHostKey WarnWeakCrypto XAuthLocation
  FallBackToRsh GlobalKnownHostsFile2 HostbasedKeyTypes IdentityFile2 ProtocolKeepAlives RhostsAuthentication SetupTimeOut
  SkeyAuthentication SmartcardDevice TISAuthentication UseBlacklistedKeys UserKnownHostsFile2 UseRsh
`);

/** Keywords that set the path of a connection, and that we cannot follow. Another path may be a wrong one. */
export const refused = words("BindInterface ProxyUseFdpass");

/** @throws UserError for a setting in the SSH configuration that we cannot honour, and for RefuseConnection */
export function refuseWhatCannotBeHonoured(name: string, settings: Settings): void {
  const refusal = single(settings.refuseconnection);
  if (refusal !== undefined)
    throw new UserError(
      settingErrors.refuseConnection(`RefuseConnection in the SSH configuration of ${name}: ${refusal}`),
    );
  for (const keyword of refused) {
    const value = settings[keyword.toLowerCase()];
    if (value === undefined || /^(no|none)$/i.test(single(value) ?? "")) continue;
    throw new UserError(
      settingErrors.unsupported(
        `${keyword} in the SSH configuration of ${name} is not supported. Set it to no for this host, or describe another way in PULUMI_KVM_HOSTS`,
      ),
    );
  }
}

/** Keywords that a user set for a host and that we do not know. They may protect the connection. */
export function unknownKeywords(settings: Settings): string[] {
  const known = new Set([...honoured, ...needless, ...refused].map((keyword) => keyword.toLowerCase()));
  return Object.keys(settings).filter((keyword) => !known.has(keyword));
}
