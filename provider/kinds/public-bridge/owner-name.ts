/** Who holds the configuration of a NIC. It is a part of what is written down on hosts. */
export type OwnerName = "ifupdown" | "networkd" | "netplan" | "NetworkManager" | "ifcfg" | "wicked";
