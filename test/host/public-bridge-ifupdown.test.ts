import { describePublicBridge } from "./public-bridge-life";

describePublicBridge("ifupdown");
