# Sets a machine up: system packages, Node, workspace dependencies. Sourced by the commands in bin/ (POSIX sh).
# It owns what is installed and where; it starts nothing. Everything it downloads comes from apt or npm.
#
# The caller sets $root (the checkout) and calls prepare_toolchain run|server|test|storage|clients; afterwards $NODE is a Node >= 24.

MINIMUM_NODE_MAJOR=24
TOOLS=$root/.tools/node

say() { printf '%s\n' "$*" >&2; }
have() { command -v "$1" >/dev/null 2>&1; }

# --- system packages -------------------------------------------------------------------------------------------

# program:package pairs, or a file's path in place of the program; what a server needs, and what the checks need on top.
PACKAGES_TO_RUN='git:git bwrap:bubblewrap perl:perl python3:python3 pip3:python3-pip setpriv:util-linux ip:iproute2 slirp4netns:slirp4netns nft:nftables'
# The attackers of the containment tests are built in C.
PACKAGES_TO_TEST="$PACKAGES_TO_RUN curl:curl openssl:openssl initdb:postgresql ps:procps
gcc:gcc make:make /usr/include/stdlib.h:libc6-dev"
# What the S3 server of the tests is fetched and run with.
PACKAGES_FOR_STORAGE='java:default-jre-headless mvn:maven'
# What the suites of the official clients compile with.
PACKAGES_FOR_CLIENTS='javac:default-jdk-headless mvn:maven cargo:cargo-web'

# Debian keeps PostgreSQL's programs out of PATH, and those of administrators out of an ordinary user's.
have_program() {
  case $1 in
    /*) [ -e "$1" ] ;;
    initdb) have initdb || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 ;;
    *) have "$1" || [ -x "/usr/sbin/$1" ] ;;
  esac
}

missing_packages() {
  for pair in $1; do
    have_program "${pair%%:*}" || printf '%s ' "${pair##*:}"
  done
}

may_use_apt() { [ "$(id -u)" = 0 ] && have apt-get; }

apt_install() {
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
    -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@" >"$apt_log" 2>&1
}

# A bare image has no package lists; old ones, and those an image was made from, name versions without later corrections of
# security. Without a network what is known or at hand may do.
refresh_package_lists() {
  [ -z "${lists_are_fresh:-}" ] || return 0
  lists_are_fresh=1
  apt-get update -q >"$apt_log" 2>&1 || {
    say 'apt-get update failed; trying with the package lists that are here:'
    cat "$apt_log" >&2
  }
}

# Installs Debian packages, or prints the command that does and stops.
install_packages() {
  if ! may_use_apt; then
    say "Missing: $*"
    say "Install with:  sudo apt-get update && sudo apt-get install -y --no-install-recommends $*"
    exit 1
  fi
  say "Installing: $*"
  apt_log=$(mktemp)
  refresh_package_lists
  apt_install "$@" || {
    cat "$apt_log" >&2
    say "apt-get could not install: $*"
    exit 1
  }
  rm -f "$apt_log"
}

# What the pinned Node needs of the system: some npm to fetch it, and one library that a minimal Debian lacks.
missing_for_node() {
  find_node && return 0
  have npm || printf 'nodejs npm '
  ls /lib*/libatomic.so.1 /lib/*/libatomic.so.1 /usr/lib*/libatomic.so.1 /usr/lib/*/libatomic.so.1 2>/dev/null |
    grep -q . || printf 'libatomic1 '
}

require_packages() {
  missing="$(missing_packages "$1")$(missing_for_node)"
  # shellcheck disable=SC2086 # one word per package
  [ -z "$missing" ] || install_packages $missing
}

# As root the server makes itself a device. As another user it needs the machine's for networks of sandboxes, unless the
# operator has decided that builds get another network.
require_tunnel() {
  [ "$(id -u)" = 0 ] || [ -n "${ALGORIST_BUILD_NETWORK:-}" ] || [ -w /dev/net/tun ] || {
    say 'This user may not open /dev/net/tun, with which builds get a network of their own.'
    say 'Let it:  sudo modprobe tun && sudo chmod 666 /dev/net/tun'
    say "Or give builds this machine's network, its private parts included:  ALGORIST_BUILD_NETWORK=host"
    exit 1
  }
}

# --- Node ------------------------------------------------------------------------------------------------------

node_architecture() {
  case $(uname -m) in
    x86_64 | amd64) echo x64 ;;
    aarch64 | arm64) echo arm64 ;;
    *)
      say "No pinned Node for $(uname -m): install Node >= $MINIMUM_NODE_MAJOR yourself and put it in PATH."
      exit 1
      ;;
  esac
}

is_new_enough() {
  have "$1" && [ "$("$1" -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0)" -ge "$MINIMUM_NODE_MAJOR" ]
}

# Sets $NODE and $NPM (a command with its arguments) to the machine's own Node, or to ours in .tools.
find_node() {
  if is_new_enough node && have npm; then
    NODE=$(command -v node) NPM=npm
    return 0
  fi
  ours=$TOOLS/node_modules/node-linux-$(node_architecture)/bin/node
  is_new_enough "$ours" && cmp -s "$root/tools/node/package-lock.json" "$TOOLS/package-lock.json" || return 1
  # Debian's npm is too old for this Node and Debian's Node too old for this npm: use the pinned pair.
  NODE=$ours NPM="$ours $TOOLS/node_modules/npm/bin/npm-cli.js"
}

# `npm ci` checks every download against the integrity in the lock file.
npm_ci() {
  (
    cd "$1" || exit 1
    shift
    PATH=$(dirname "${NODE:-$(command -v node)}"):$PATH "$@" ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
  )
}

# Fetches the pinned Node with whatever npm there is; a half-finished folder never gets the final name.
install_node() {
  say "Installing the pinned Node into .tools/"
  staging=$TOOLS.$$
  rm -rf "$staging"
  mkdir -p "$staging"
  cp "$root/tools/node/package.json" "$root/tools/node/package-lock.json" "$root/tools/node/.npmrc" "$staging/"
  npm_ci "$staging" npm || {
    rm -rf "$staging"
    say 'npm could not install the pinned Node.'
    exit 1
  }
  # Another command may have been quicker: what it runs already stays.
  if find_node; then
    rm -rf "$staging"
  else
    rm -rf "$TOOLS"
    mv "$staging" "$TOOLS"
  fi
}

require_node() {
  find_node && return 0
  require_packages ''
  install_node
  find_node || {
    say 'The Node that was installed does not start on this machine.'
    exit 1
  }
}

# --- workspace dependencies ------------------------------------------------------------------------------------

# node_modules is current when it was made from exactly this lock file.
require_workspace() {
  stamp=$root/node_modules/.installed-from
  cmp -s "$root/package-lock.json" "$stamp" && return 0
  say 'Installing dependencies (npm ci)'
  # shellcheck disable=SC2086 # $NPM is a command with its arguments
  npm_ci "$root" $NPM || {
    say 'npm ci failed.'
    exit 1
  }
  cp "$root/package-lock.json" "$stamp"
}

# --- languages -------------------------------------------------------------------------------------------------

# The value of --languages among the arguments; nothing without it.
languages_option() {
  while [ $# -gt 0 ]; do
    case $1 in
      --languages) printf '%s' "${2:-}" && return 0 ;;
      --languages=*) printf '%s' "${1#*=}" && return 0 ;;
    esac
    shift
  done
}

# Installs what languages need that are named as `all` or `java,ruby`. Which packages that are is in their language.json.
# Needs prepare_toolchain before it.
install_languages() {
  [ -n "$1" ] || return 0
  missing=$("$NODE" "$root/bin/lib/language-packages.ts" "$1") || exit 2
  # shellcheck disable=SC2086 # one word per package
  [ -z "$missing" ] || install_packages $missing
}

prepare_toolchain() {
  case $1 in
    run) require_packages "$PACKAGES_TO_RUN" ;;
    server) require_packages "$PACKAGES_TO_RUN" && require_tunnel ;;
    test) require_packages "$PACKAGES_TO_TEST" ;;
    # Without root the tests of S3 are skipped and say why; the other checks run.
    storage) ! may_use_apt || require_packages "$PACKAGES_FOR_STORAGE" ;;
    # Without root each suite whose compiler is missing fails and says how to get it; the other checks run.
    clients) ! may_use_apt || require_packages "$PACKAGES_FOR_CLIENTS" ;;
  esac
  require_node
  require_workspace
}
