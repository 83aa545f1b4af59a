#!/usr/bin/perl
# Platform API inside a sandbox: listens on 127.0.0.1:PORT, copies bytes to a Unix socket, and runs the command meanwhile.
#   relay.pl PORT SOCKET COMMAND [ARGUMENT...]
# Listening comes before the command starts, so no author code can be too early. The relay is the sandbox's first command:
# its end is the end of everything inside, so no worker goes on without a way to the platform. It ends when the command
# does, and like it: with its exit code, or 128 and the signal. No module is loaded: Socket.pm alone would cost five times
# the start of Perl, so the few Linux constants are spelled out.
use strict;

my ($AF_UNIX, $AF_INET, $STREAM, $SOL_SOCKET, $SO_REUSEADDR) = (1, 2, 1, 1, 2);
my ($F_SETFL, $NONBLOCK, $EAGAIN, $CHUNK) = (4, 2048, 11, 65536);
my $PIDFD_OPEN = 434;
# Connections at a time, each with two descriptors and at most two chunks of memory; more wait to be accepted. The runner
# takes no more than these from one worker.
my $MOST_CONNECTIONS = 64;
my ($port, $path, @command) = @ARGV;
my $api = pack('S a108', $AF_UNIX, $path);

socket(my $server, $AF_INET, $STREAM, 0) or die "relay: socket: $!\n";
setsockopt($server, $SOL_SOCKET, $SO_REUSEADDR, pack('i', 1));
bind($server, pack('S n C4 x8', $AF_INET, $port, 127, 0, 0, 1)) or die "relay: bind 127.0.0.1:$port: $!\n";
listen($server, 128) or die "relay: listen: $!\n";

my $worker = fork() // die "relay: fork: $!\n";
if (!$worker) {
    # A group of its own: author code that signals its whole group does not mean the relay.
    setpgrp(0, 0);
    close($server);
    exec { $command[0] } @command or die "relay: cannot start $command[0]: $!\n";
}
# A descriptor that can be read once the worker ended: a signal could come just before select() and not be seen.
my $end = syscall($PIDFD_OPEN, $worker, 0);
die "relay: pidfd_open: $!\n" if $end < 0;
$SIG{PIPE} = 'IGNORE';
open(STDIN, '<', '/dev/null');
open(STDOUT, '>', '/dev/null');
open(STDERR, '>', '/dev/null');
# The runner sees the end of a worker by the end of its descriptors, so none may stay open here.
for my $fd (3 .. 63) {
    next if $fd == fileno($server) || $fd == $end;
    open(my $inherited, '<&=', $fd) or next;
    close($inherited);
}
fcntl($server, $F_SETFL, $NONBLOCK);

# One entry per direction of a connection: bytes read from {from} wait in {data} until {to} takes them.
my %flows;
while (1) {
    my ($reads, $writes) = ('', '');
    vec($reads, $end, 1) = 1;
    vec($reads, fileno($server), 1) = 1 if keys %flows < 2 * $MOST_CONNECTIONS;
    for my $flow (values %flows) {
        if (length $flow->{data}) { vec($writes, fileno($flow->{to}), 1) = 1 }
        elsif (!$flow->{ended}) { vec($reads, fileno($flow->{from}), 1) = 1 }
    }
    next if select($reads, $writes, undef, undef) < 0;
    end_like_worker() if vec($reads, $end, 1);
    connect_both() if vec($reads, fileno($server), 1);
    for my $id (keys %flows) {
        my $flow = $flows{$id} or next;
        receive($flow) if !$flow->{ended} && !length $flow->{data} && vec($reads, fileno($flow->{from}), 1);
        send_on($flow) if length $flow->{data};
    }
}

sub end_like_worker {
    waitpid($worker, 0);
    exit($? & 127 ? 128 + ($? & 127) : $? >> 8);
}

# A runner that is too busy to take the connection at once makes it end, so that the others go on.
sub connect_both {
    return rest() unless accept(my $inner, $server);
    return rest() unless socket(my $outer, $AF_UNIX, $STREAM, 0);
    fcntl($_, $F_SETFL, $NONBLOCK) for $inner, $outer;
    return unless connect($outer, $api);
    my ($up, $down) = (fileno($inner), fileno($outer));
    $flows{$up} = { id => $up, back => $down, from => $inner, to => $outer, data => '', ended => 0 };
    $flows{$down} = { id => $down, back => $up, from => $outer, to => $inner, data => '', ended => 0 };
}

# Out of descriptors, which takes time to end: no reason to keep a processor busy.
sub rest { select(undef, undef, undef, 0.02) }

sub receive {
    my ($flow) = @_;
    my $count = sysread($flow->{from}, $flow->{data}, $CHUNK);
    return if !defined $count && $! == $EAGAIN;
    return drop($flow) unless defined $count;
    finish($flow) if $count == 0;
}

sub send_on {
    my ($flow) = @_;
    my $count = syswrite($flow->{to}, $flow->{data});
    return if !defined $count && $! == $EAGAIN;
    return unread($flow) unless defined $count;
    substr($flow->{data}, 0, $count, '');
}

# Whoever answers early and reads no more (a refusal) has still something to say in the other direction.
sub unread {
    my ($flow) = @_;
    $flow->{data} = '';
    $flow->{ended} = 1;
    drop($flow) if $flows{$flow->{back}}{ended};
}

# End of one direction closes that half; both ended closes the connection.
sub finish {
    my ($flow) = @_;
    $flow->{ended} = 1;
    shutdown($flow->{to}, 1);
    drop($flow) if $flows{$flow->{back}}{ended};
}

sub drop {
    my ($flow) = @_;
    my $back = delete $flows{$flow->{back}};
    delete $flows{$flow->{id}};
    close($flow->{from});
    close($flow->{to});
}
