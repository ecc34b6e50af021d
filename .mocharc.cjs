// In CI nothing is left out: a skipped test fails the run, and so does one that runs alone.
const ci = process.env.CI === "true";

module.exports = {
  reporter: "bin/test/tally.js",
  require: "bin/test/propertySeed.js",
  timeout: 30_000,
  slow: 2_000,
  // A test that fails may leave a connection open, and its process would never end.
  exit: true,
  forbidOnly: ci,
  forbidPending: ci,
};
