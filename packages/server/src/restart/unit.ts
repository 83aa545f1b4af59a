/** `algorist unit`: a unit file for systemd, made for this installation; see docs/operating.md. */
import { NODE_ARGUMENTS } from '../collector.ts'

export interface UnitOptions {
  /** Path of the `algorist` command, of Node, and of the server's main.ts. */
  readonly command: string
  readonly node: string
  readonly main: string
  readonly home: string
  readonly shutdownSeconds: number
  readonly readySeconds: number
}

/** systemd waits a little longer than the server, which then ends what is left itself. */
const MARGIN_SECONDS = 15

/** @returns the text of the unit */
export function unitFile({ command, node, main, home, shutdownSeconds, readySeconds }: UnitOptions): string {
  return `[Unit]
Description=Algorist
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=0

[Service]
# The server says when it is ready, and after a restart without a pause which process it is now.
Type=notify
NotifyAccess=all
ExecStart=${node} ${NODE_ARGUMENTS.join(' ')} ${main}
# Hands over to a new process of the code on disk; fails, and the old one goes on, when that does not become ready.
ExecReload=${command} restart
Environment=ALGORIST_HOME=${home}
EnvironmentFile=-/etc/algorist/environment

Restart=on-failure
RestartSec=1
TimeoutStartSec=${readySeconds + MARGIN_SECONDS}
# ALGORIST_SHUTDOWN_SECONDS and a margin. The server ends its sandboxes itself, so only it is told.
TimeoutStopSec=${shutdownSeconds + MARGIN_SECONDS}
KillMode=mixed

# Sandboxes have control groups of their own below the service's.
Delegate=yes
TasksMax=infinity
LimitNOFILE=1048576

# What sandboxes need is left open: namespaces, mounts, other user ids, the tunnel device, all system calls of bubblewrap.
ProtectSystem=strict
ReadWritePaths=${home}
ProtectHome=read-only
PrivateTmp=yes
ProtectClock=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
RestrictRealtime=yes
LockPersonality=yes
KeyringMode=private
UMask=0077

[Install]
WantedBy=multi-user.target
`
}
