/** The network manager that owns the configuration of a NIC. Records on hosts contain these names. */
export type OwnerName = "ifupdown" | "networkd" | "netplan" | "NetworkManager" | "ifcfg" | "wicked";
