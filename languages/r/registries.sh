# Prints where R's packages come from when nothing else is said: R's own mirror, and the machine's Debian mirrors.
/usr/bin/R --no-echo --vanilla -e 'cat(utils::getCRANmirrors(local.only = TRUE)$URL[1], "\n", sep = "")'
/usr/bin/apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | sort -u
