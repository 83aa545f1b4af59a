package algorist.bridge;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * What author code prints, as output frames in the order it was printed. System.out and System.err are streams over the
 * channel; descriptors 1 and 2 stay as they are, for child processes and for the machine's own last words.
 */
final class Output extends OutputStream {
    private static final int MAX_FRAME_BYTES = 65536;
    private static volatile int runningCall = 0;

    private final Channel channel;
    private final char kind;

    private Output(Channel channel, char kind) {
        this.channel = channel;
        this.kind = kind;
    }

    /** Replaces both streams. */
    static void capture(Channel channel) {
        System.setOut(stream(channel, '1'));
        System.setErr(stream(channel, '2'));
    }

    /** Says which call printed what comes now; 0 while none runs. */
    static void belongsTo(int call) {
        System.out.flush();
        System.err.flush();
        runningCall = call;
    }

    private static PrintStream stream(Channel channel, char kind) {
        return new PrintStream(new Output(channel, kind), true, StandardCharsets.UTF_8);
    }

    @Override
    public void write(int one) {
        write(new byte[] {(byte) one}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int start, int length) {
        for (int sent = 0; sent < length; sent += MAX_FRAME_BYTES) {
            channel.send('O', kind, runningCall, bytes, start + sent, Math.min(MAX_FRAME_BYTES, length - sent));
        }
    }
}
