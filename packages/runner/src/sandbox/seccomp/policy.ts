/**
 * Which system calls sandboxed code may make (design.md 5, decision 0041): an allow-list by name. Whatever is not named,
 * and every call that a later kernel invents, is answered as if the kernel did not have it, so that libraries fall back.
 */
import { BY_ARGUMENTS, ONLY_OWN_MAPPINGS } from './argument-rules.ts'
import type { Policy, Refusal, Verdict } from './verdict.ts'

const NOT_PERMITTED: Refusal = { errno: 1 }
const NO_SUCH_CALL: Refusal = { errno: 38 }
const PRETENDED: Refusal = { errno: 0 }

const words = (text: string) => text.trim().split(/\s+/)

/** What C libraries and language runtimes need, whatever the arguments. */
const ALLOWED = words(`
  access chdir chmod chown close close_range copy_file_range creat dup dup2 dup3 faccessat faccessat2 fadvise64 fallocate
  fchdir fchmod fchmodat fchmodat2 fchown fchownat fcntl fdatasync fgetxattr flistxattr flock fremovexattr fsetxattr fstat
  fstatfs fsync ftruncate futimesat getcwd getdents getdents64 getxattr getxattrat inotify_add_watch inotify_init
  inotify_init1 inotify_rm_watch lchown lgetxattr link linkat listxattr listxattrat llistxattr lremovexattr lseek lsetxattr
  lstat mkdir mkdirat newfstatat open openat openat2 pipe pipe2 pread64 preadv preadv2 pwrite64 pwritev pwritev2 read
  readahead readlink readlinkat readv removexattr removexattrat rename renameat renameat2 rmdir sendfile setxattr setxattrat
  splice stat statfs statx symlink symlinkat sync_file_range tee truncate umask unlink unlinkat utime utimensat utimes
  vmsplice write writev

  epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd eventfd2 poll ppoll pselect6 select
  signalfd signalfd4 timerfd_create timerfd_gettime timerfd_settime

  accept accept4 bind connect getpeername getsockname getsockopt listen recvfrom recvmmsg recvmsg sendmmsg sendmsg sendto
  shutdown

  brk get_mempolicy madvise map_shadow_stack membarrier memfd_create mincore mlock mlock2 mlockall mmap mprotect mremap mseal
  msync munlock munlockall munmap pkey_alloc pkey_free pkey_mprotect remap_file_pages

  arch_prctl capget capset execve execveat exit exit_group fork getcpu getegid geteuid getgid getgroups getpgid getpgrp
  getpid getppid getpriority getresgid getresuid getrlimit getrusage getsid gettid getuid kill pidfd_open
  pidfd_send_signal prlimit64 rseq sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr
  sched_getparam sched_getscheduler sched_rr_get_interval sched_setaffinity sched_setattr sched_setparam
  sched_setscheduler sched_yield set_tid_address setfsgid setfsuid setgid setgroups setpgid setpriority setregid setresgid
  setresuid setreuid setrlimit setsid setuid tgkill times tkill vfork wait4 waitid

  futex futex_requeue futex_wait futex_waitv futex_wake get_robust_list pause restart_syscall rt_sigaction rt_sigpending
  rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_tgsigqueueinfo set_robust_list sigaltstack
  uprobe uretprobe

  alarm clock_getres clock_gettime clock_nanosleep getitimer getrandom gettimeofday nanosleep setitimer sysinfo time
  timer_create timer_delete timer_getoverrun timer_gettime timer_settime uname

  mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedsend mq_unlink msgctl msgget msgrcv msgsnd semctl semget semop
  semtimedop shmat shmctl shmdt shmget
`)

/** Libraries try these, or programs do and carry on without. */
const REFUSED = words(`
  mount umount2 pivot_root chroot open_tree open_tree_attr move_mount fsopen fsconfig fsmount fspick mount_setattr statmount
  listmount listns setns sethostname setdomainname
  ptrace process_vm_readv process_vm_writev process_madvise process_mrelease kcmp pidfd_getfd
  add_key request_key keyctl bpf perf_event_open userfaultfd io_uring_setup io_uring_enter io_uring_register
  open_by_handle_at name_to_handle_at fanotify_init fanotify_mark lookup_dcookie
  quotactl quotactl_fd syslog vhangup settimeofday clock_settime adjtimex clock_adjtime
  modify_ldt mbind set_mempolicy set_mempolicy_home_node move_pages migrate_pages ioprio_set
`)

/** No program that belongs here makes these: whoever does is attacking the host, and the worker's end shows it. */
const KILLED = words(`
  kexec_load kexec_file_load init_module finit_module delete_module reboot swapon swapoff acct iopl ioperm
`)

/** They would make the whole host write its disks. What sandboxed code calls its own is in memory or has `fsync`. */
const WITHOUT_EFFECT = words('sync syncfs')

/** Memory that belongs to no process while nobody maps it, so that only a memory control group can count it. */
const OUTSIDE_MEMORY = words('memfd_create shmget semget msgget vmsplice')

/**
 * The policy of workers and builds alike.
 * @param hasMemoryGroup false where memory is only watched from outside: calls whose memory cannot be seen are then left out
 */
export function sandboxPolicy({ hasMemoryGroup }: { readonly hasMemoryGroup: boolean }): Policy {
  const all = (names: readonly string[], verdict: Verdict) => names.map((name) => [name, verdict] as const)
  const watched: (readonly [string, Verdict])[] = hasMemoryGroup
    ? []
    : [...all(OUTSIDE_MEMORY, NO_SUCH_CALL), ['mmap', ONLY_OWN_MAPPINGS]]
  const calls = new Map<string, Verdict>([
    ...all(ALLOWED, 'allow'),
    ...all(REFUSED, NOT_PERMITTED),
    ...all(KILLED, 'kill'),
    ...all(WITHOUT_EFFECT, PRETENDED),
    ...BY_ARGUMENTS,
    ...watched,
  ])
  return { calls, otherwise: NO_SUCH_CALL }
}
