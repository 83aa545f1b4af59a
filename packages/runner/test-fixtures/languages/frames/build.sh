set -e
echo "building $ALGORIST_ALGORITHM in $(pwd)"
if [ -f build.sh ]; then sh ./build.sh; fi
mkdir -p .algorist
echo built > .algorist/mark
