/** System calls whose arguments decide, and how (decision 0041). */
import type { ArgumentTest, Verdict } from './verdict.ts'

const NOT_PERMITTED = { errno: 1 }
const INVALID_ARGUMENT = { errno: 22 }
const NO_SUCH_PROTOCOL = { errno: 93 }
const NO_SUCH_FAMILY = { errno: 97 }

/** The argument is one of the values: `verdict`; it is not: `otherwise`. */
function when(argument: number, oneOf: readonly number[], verdict: Verdict, otherwise: Verdict): ArgumentTest {
  return { argument, oneOf, verdict, otherwise }
}

/** The same for some bits of the argument. */
const masked = (mask: number, test: ArgumentTest): ArgumentTest => ({ ...test, mask })

const AF_UNIX = 1
const AF_INET = 2
const AF_INET6 = 10
const AF_NETLINK = 16
const NETLINK_ROUTE = 0
const STREAM = 1
const DATAGRAM = 2
const RAW = 3
const SEQUENCED = 5
/** The rest of a socket's type are flags. */
const SOCKET_TYPE = 0xf
const TCP = 6
const UDP = 17

/** Other protocols would make the host load its modules for them. */
const protocol = (allowed: number) => when(2, [0, allowed], 'allow', NO_SUCH_PROTOCOL)
const datagramSocket = masked(SOCKET_TYPE, when(1, [DATAGRAM], protocol(UDP), NOT_PERMITTED))
const internetSocket = masked(SOCKET_TYPE, when(1, [STREAM], protocol(TCP), datagramSocket))

/** Routing messages list network interfaces (`getifaddrs`); without capabilities they change nothing. */
const routing = when(2, [NETLINK_ROUTE], 'allow', NO_SUCH_PROTOCOL)
const netlinkSocket = masked(SOCKET_TYPE, when(1, [DATAGRAM, RAW], routing, NOT_PERMITTED))

const localSocket = masked(SOCKET_TYPE, when(1, [STREAM, DATAGRAM, SEQUENCED], 'allow', NOT_PERMITTED))

const remoteSocket = when(0, [AF_INET, AF_INET6], internetSocket, when(0, [AF_NETLINK], netlinkSocket, NO_SUCH_FAMILY))

const SOL_SOCKET = 1
/** Attaching packet filters of both kinds. */
const SOCKET_FILTERS = [26, 50, 51, 52]

/** NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. */
const NEW_NAMESPACES = 0x2_0000 | 0x200_0000 | 0x400_0000 | 0x800_0000 | 0x1000_0000 | 0x2000_0000 | 0x4000_0000
/** In `clone` this bit belongs to the signal. */
const NEW_TIME_NAMESPACE = 0x80

/** Faking input of a terminal (TIOCSTI, TIOCLINUX), and line disciplines, which are modules (TIOCSETD). */
const TERMINAL_TRICKS = [0x5412, 0x541c, 0x5423]

/** What is asked of `personality`: plain Linux, 32-bit names, an old version's number, and what it is now. */
const PERSONALITIES = [0, 0x8, 0x2_0000, 0x2_0008, 0xffff_ffff]

/**
 * Options of `prctl` about the process itself. Left out are filters of its own (their memory is counted nowhere), core
 * scheduling, system call dispatch, memory merging, `PR_SET_MM`, and what later kernels add.
 */
const PROCESS_OPTIONS = [
  ...[
    1, 2, 3, 4, 7, 8, 13, 14, 15, 16, 19, 21, 23, 24, 25, 26, 27, 28, 29, 30, 36, 37, 38, 39, 40, 41, 42, 47, 50, 51,
    52,
  ],
  ...[53, 54, 55, 56, 60, 61, 63, 64, 65, 66, 74, 75, 76],
  // Names for anonymous memory.
  0x5356_4d41,
]

const FILE_KIND = 0xf000
/** None, FIFO, plain, socket. What is left are devices. */
const HARMLESS_FILES = [0, 0x1000, 0x8000, 0xc000]
const fileKind = (argument: number) => masked(FILE_KIND, when(argument, HARMLESS_FILES, 'allow', NOT_PERMITTED))

export const BY_ARGUMENTS: readonly (readonly [string, Verdict])[] = [
  ['clone', masked(NEW_NAMESPACES, when(0, [0], 'allow', NOT_PERMITTED))],
  ['unshare', masked(NEW_NAMESPACES | NEW_TIME_NAMESPACE, when(0, [0], 'allow', NOT_PERMITTED))],
  ['socket', when(0, [AF_UNIX], localSocket, remoteSocket)],
  ['socketpair', when(0, [AF_UNIX], localSocket, NO_SUCH_FAMILY)],
  ['setsockopt', when(1, [SOL_SOCKET], when(2, SOCKET_FILTERS, NOT_PERMITTED, 'allow'), 'allow')],
  ['ioctl', when(1, TERMINAL_TRICKS, NOT_PERMITTED, 'allow')],
  ['personality', when(0, PERSONALITIES, 'allow', NOT_PERMITTED)],
  ['prctl', when(0, PROCESS_OPTIONS, 'allow', INVALID_ARGUMENT)],
  ['mknod', fileKind(1)],
  ['mknodat', fileKind(2)],
]

/** The kind of a mapping, and "of no file". */
const MAPPING_KIND = 0x2f
const SHARED_MAPPINGS_OF_NO_FILE = [0x21, 0x23]

/** A shared mapping of no file keeps its memory when its last process gives up its view of it. */
export const ONLY_OWN_MAPPINGS = masked(MAPPING_KIND, when(3, SHARED_MAPPINGS_OF_NO_FILE, NOT_PERMITTED, 'allow'))
