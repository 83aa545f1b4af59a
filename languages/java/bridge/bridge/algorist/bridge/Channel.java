package algorist.bridge;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Constructor;

/** Frames (PROTOCOL.md) over a descriptor that the process was started with. Whole frames, so any thread may send. */
public final class Channel {
    private static final int HEADER_BYTES = 10;
    /** Larger bodies are written by themselves instead of being copied behind their header. */
    private static final int JOINED_BYTES = 65536;

    /** One frame as it arrived. */
    record Frame(char type, char kind, int call, byte[] body) {}

    private final DataInputStream in;
    private final FileOutputStream out;

    private Channel(FileDescriptor descriptor) {
        in = new DataInputStream(new FileInputStream(descriptor));
        out = new FileOutputStream(descriptor);
    }

    static Channel open(int number) {
        return new Channel(descriptor(number));
    }

    /** Java has no other way to a descriptor by its number; `--add-opens java.base/java.io` allows it. */
    static FileDescriptor descriptor(int number) {
        try {
            Constructor<FileDescriptor> constructor = FileDescriptor.class.getDeclaredConstructor(int.class);
            constructor.setAccessible(true);
            return constructor.newInstance(number);
        } catch (ReflectiveOperationException error) {
            throw new IllegalStateException("descriptor " + number + " cannot be opened", error);
        }
    }

    /** The next frame; null at the end of the stream. */
    Frame read() throws IOException {
        byte[] header = new byte[HEADER_BYTES];
        if (in.readNBytes(header, 0, HEADER_BYTES) < HEADER_BYTES) return null;
        byte[] body = new byte[int32(header, 0)];
        try {
            in.readFully(body);
        } catch (EOFException error) {
            return null;
        }
        return new Frame((char) header[4], (char) header[5], int32(header, 6), body);
    }

    /** Sends `length` bytes of `body` from `start` on. Ends the process when the runner is gone: nobody is left to answer. */
    void send(char type, char kind, int call, byte[] body, int start, int length) {
        boolean isJoined = length <= JOINED_BYTES;
        byte[] bytes = new byte[HEADER_BYTES + (isJoined ? length : 0)];
        setInt32(bytes, 0, length);
        bytes[4] = (byte) type;
        bytes[5] = (byte) kind;
        setInt32(bytes, 6, call);
        if (isJoined) System.arraycopy(body, start, bytes, HEADER_BYTES, length);
        try {
            synchronized (out) {
                out.write(bytes);
                if (!isJoined) out.write(body, start, length);
            }
        } catch (IOException error) {
            Runtime.getRuntime().halt(0);
        }
    }

    void send(char type, char kind, int call, byte[] body) {
        send(type, kind, call, body, 0, body.length);
    }

    /** Exactly so many bytes, as they come before frames begin. */
    byte[] readExactly(int length) {
        try {
            byte[] bytes = new byte[length];
            in.readFully(bytes);
            return bytes;
        } catch (EOFException error) {
            Runtime.getRuntime().halt(0);
            throw new UncheckedIOException(error);
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    static int int32(byte[] bytes, int at) {
        return (bytes[at] & 255) << 24 | (bytes[at + 1] & 255) << 16 | (bytes[at + 2] & 255) << 8 | bytes[at + 3] & 255;
    }

    private static void setInt32(byte[] bytes, int at, int value) {
        for (int index = 0; index < 4; index++) bytes[at + index] = (byte) (value >>> 24 - 8 * index);
    }
}
