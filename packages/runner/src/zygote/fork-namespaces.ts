/** NEWUSER, NEWNS, NEWPID, NEWIPC, NEWUTS: what a fork of a template makes. Not NEWNET: see decision 0044. */
export const FORK_NAMESPACES = 0x1000_0000 | 0x2_0000 | 0x2000_0000 | 0x800_0000 | 0x400_0000
