import fc from "fast-check";

/** Property tests try the same values for the same seed. The runner prints the seed. */
fc.configureGlobal({ seed: Number(process.env.PULUMI_KVM_TEST_SEED) || 1 });
