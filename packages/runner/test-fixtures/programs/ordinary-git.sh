# What git is ordinarily used for; prints "ok" when all of it works.
set -e
cd "$(mktemp -d)"
git init -q -b main one
cd one
git config user.name someone
git config user.email someone@example.com
seq 2000 > numbers
git add . && git commit -qm first
git switch -qc other && echo more >> numbers && git commit -qam second
git switch -q main && git merge -q other
git gc -q
cd ..
git clone -q --no-local one two
git -C two fsck --no-progress
git -C two archive HEAD | tar t | grep -qx numbers
echo ok
