import { listenForCancel } from "./core/cancellation";
import { lifecycle } from "./lifecycle/lifecycle";
import { endWithParent } from "./transport/exit-with-parent";

let watching = false;

/**
 * What a stack's state requires by name, for ever: `require("pulumi-kvm/provider")("Tap")`. Neither the path nor this
 * function's shape may change, because `refresh` and `destroy` of an old stack run the text in its state.
 */
function provider(kind: string): ReturnType<typeof lifecycle> {
  // Only Pulumi's own process calls this, so only that one ends when Pulumi is gone.
  if (!watching) {
    endWithParent();
    listenForCancel();
  }
  watching = true;
  return lifecycle(kind);
}

export = provider;
