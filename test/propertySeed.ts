import fc from "fast-check";

/** Properties try the same values again when the run has the same seed. The runner prints it. */
fc.configureGlobal({ seed: Number(process.env.PULUMI_KVM_TEST_SEED) || 1 });
