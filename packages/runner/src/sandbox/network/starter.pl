#!/usr/bin/perl
# Starts the helpers of networks for the server, whose own fork would copy its page tables: milliseconds of its event loop.
# Orders come on standard input, a line each, words percent-encoded; what comes of them goes to standard output.
#   start ID UID READY LIFE PROGRAM [ARGUMENT...]   under a uid and group, or "-" for our own; READY and LIFE are descriptors
#                                                   of the helper: on one it says that it is ready, the other's end is its own
#   end ID                                          at once; one that is not known has ended already
#   -> ready ID PID
#   -> ended ID MESSAGE                             the last of what it wrote to standard error
# Helpers end when this process does, and this process when its input ends: the other ends of their pipes are here alone.
use strict;
use POSIX ();

my ($F_SETFL, $NONBLOCK, $PIDFD_OPEN) = (4, 2048, 434);
my ($CHUNK, $LONGEST_MESSAGE) = (65536, 2000);
# Descriptors that a helper is given, the rest are closed by exec.
my @GIVEN = 0 .. 4;
my ($orders, %helpers) = ('');

$SIG{PIPE} = 'IGNORE';
# The first of these are only in the place of what helpers are given, so that no pipe of ours is in the way there.
my @nulls = map { open(my $null, '+<', '/dev/null') or die "starter: /dev/null: $!\n"; $null } 3 .. @GIVEN;
my $null = $nulls[-1];

while (1) {
    my $reads = '';
    vec($reads, fileno $_, 1) = 1 for *STDIN, map { grep { $_ } @$_{qw(ready error)} } values %helpers;
    vec($reads, $_->{end}, 1) = 1 for values %helpers;
    next if select($reads, undef, undef, undef) < 0;
    for my $helper (values %helpers) {
        say_ready($helper) if $helper->{ready} && vec($reads, fileno $helper->{ready}, 1);
        listen_to($helper) if $helper->{error} && vec($reads, fileno $helper->{error}, 1);
        say_ended($helper) if vec($reads, $helper->{end}, 1);
    }
    obey() if vec($reads, fileno STDIN, 1);
}

sub obey {
    exit unless sysread(STDIN, $orders, $CHUNK, length $orders);
    while ($orders =~ s/^(.*)\n//) {
        my ($order, $id, @words) = map { s/%(..)/chr hex $1/egr } split / /, $1, -1;
        if ($order eq 'start') { start($id, @words) }
        # Its group as well, which it has a moment after it is there: until it is ready it may be more than one process.
        elsif ($helpers{$id}) { kill 'KILL', $_ * $helpers{$id}{pid} for 1, -1 }
    }
}

sub start {
    my ($id, $uid, $ready_fd, $life_fd, @command) = @_;
    my @pipes = map { pipe(my $read, my $write) or return failed($id, 'pipe'); [$read, $write] } 1 .. 3;
    my ($ready, $life, $error) = @pipes;
    my $pid = fork() // return failed($id, 'fork');
    become($uid, { 2 => $error->[1], $ready_fd => $ready->[1], $life_fd => $life->[0] }, @command) if $pid == 0;
    # So that it has ended is read like all else: a signal could come just before select() and not be seen.
    my $end = syscall($PIDFD_OPEN, $pid, 0);
    if ($end < 0) {
        failed($id, 'pidfd_open');
        kill 'KILL', $pid;
        return waitpid($pid, 0);
    }
    fcntl($_->[0], $F_SETFL, $NONBLOCK) for $ready, $error;
    my %ours = (ready => $ready->[0], error => $error->[0], life => $life->[1]);
    $helpers{$id} = { id => $id, pid => $pid, end => $end, message => '', %ours };
}

# Never returns.
sub become {
    my ($uid, $given, @command) = @_;
    POSIX::setsid();
    POSIX::dup2(fileno($given->{$_} // $null), $_) for @GIVEN;
    $SIG{PIPE} = 'DEFAULT';
    take($uid) if $uid ne '-';
    exec { $command[0] } @command or print STDERR "$command[0]: $!\n";
    POSIX::_exit(127);
}

# Groups that the server has beside its own are left as well.
sub take {
    my ($uid) = @_;
    $) = "$uid $uid";
    return if $) eq "$uid $uid" && POSIX::setgid($uid) && POSIX::setuid($uid);
    print STDERR "uid $uid: $!\n";
    POSIX::_exit(126);
}

sub say_ready {
    my ($helper) = @_;
    report('ready', $helper->{id}, $helper->{pid}) if sysread($helper->{ready}, my $word, $CHUNK);
    delete $helper->{ready};
}

sub listen_to {
    my ($helper) = @_;
    my $count = sysread($helper->{error}, $helper->{message}, $CHUNK, length $helper->{message});
    delete $helper->{error} if defined $count && $count == 0;
    $helper->{message} = substr($helper->{message}, -$LONGEST_MESSAGE) if length $helper->{message} > $LONGEST_MESSAGE;
    return $count;
}

sub say_ended {
    my ($helper) = @_;
    waitpid($helper->{pid}, 0);
    while ($helper->{error} && listen_to($helper)) { }
    POSIX::close($helper->{end});
    delete $helpers{$helper->{id}};
    report('ended', $helper->{id}, $helper->{message});
}

sub failed {
    my ($id, $what) = @_;
    report('ended', $id, "$what: $!");
}

sub report {
    my ($what, $id, $words) = @_;
    syswrite(STDOUT, "$what $id " . ($words =~ s/\s+/ /gr) . "\n");
}
