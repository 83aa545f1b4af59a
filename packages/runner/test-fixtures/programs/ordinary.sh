# What shell scripts ordinarily do to their system; prints "ok" when all of it works.
set -e
cd "$(mktemp -d)"
mkfifo pipe
(echo across > pipe) &
test "$(cat pipe)" = across
wait
seq 1000 | sort -rn | head -1 | grep -qx 1000
tar cf files.tar pipe && gzip files.tar && tar tzf files.tar.gz | grep -qx pipe
trap 'caught=yes' USR1
kill -USR1 $$
test "$caught" = yes
timeout 5 sh -c 'exit 0'
find . -name '*.gz' | xargs ls -l > list
sed -i s/x/y/ list
date > now && touch -r now list && cp -a list copy && mv copy moved && rm moved
sync
test "$(nproc)" -ge 1
id -un | grep -qx algo
(ulimit -n 64 && test "$(ulimit -n)" = 64)
uname -a | grep -q Linux
echo ok
