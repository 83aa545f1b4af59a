# What Perl programs ordinarily do to their system; prints "ok" when all of it works.
use strict;
use warnings;
use IO::Socket::INET;
use File::Temp qw(tempdir);
use Time::HiRes qw(usleep ualarm);

pipe(my $reader, my $writer) or die;
my $child = fork() // die;
if (!$child) { syswrite($writer, "x"); exit 4 }
waitpid($child, 0);
die unless $? >> 8 == 4 && sysread($reader, my $byte, 1) == 1;
die unless `echo hi` eq "hi\n";
my $server = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1') or die;
my $client = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $server->sockport) or die;
die unless $server->accept;
my $folder = tempdir(CLEANUP => 1);
open(my $file, '>', "$folder/file") or die;
flock($file, 2) or die;
print $file "text";
close $file;
rename("$folder/file", "$folder/other") or die;
my $rang = 0;
$SIG{ALRM} = sub { $rang = 1 };
ualarm(1000);
usleep(20000);
die unless $rang && (getpwuid($<))[0] eq 'algo';
print "ok\n";
