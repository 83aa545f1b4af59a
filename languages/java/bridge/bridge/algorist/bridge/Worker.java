package algorist.bridge;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * The life of a worker: loads the algorithm in the working directory and answers calls, one at a time and in order, until
 * the runner closes the stream (PROTOCOL.md).
 */
public final class Worker {
    private static final int FRAMES = 3;
    private static final byte[] NOTHING = {};
    private static Channel channel;

    private Worker() {}

    /**
     * Does all of it and ends the process. With the argument `wait` it is started before there is an algorithm, and waits
     * for its order ({@link Order}).
     */
    public static void run(String[] arguments, Loader loader) {
        channel = Channel.open(FRAMES);
        if (arguments.length > 0 && arguments[0].equals("wait")) Order.await(channel);
        Output.capture(channel);
        Algorithm algorithm;
        try {
            algorithm = loader.load(Path.of("").toAbsolutePath());
        } catch (Throwable error) {
            failToLoad(error);
            return;
        }
        serve(algorithm);
    }

    /** Reports that the algorithm is ready and answers calls. Does not return. */
    public static void serve(Algorithm algorithm) {
        Output.belongsTo(0);
        channel.send('R', '0', 0, NOTHING);
        try {
            for (Channel.Frame frame = channel.read(); frame != null; frame = channel.read()) {
                if (frame.type() == 'C') answer(algorithm, frame);
            }
        } catch (IOException error) {
            Runtime.getRuntime().halt(0); // the runner is gone: nobody is left to answer
        }
        System.exit(0); // threads of clients may still run, and the process must not wait for them
    }

    /** Reports why there is nothing to call. Does not return. */
    public static void failToLoad(Throwable error) {
        Output.belongsTo(0);
        channel.send('L', 'j', 0, Errors.describe(error, "LoadingError").getBytes(StandardCharsets.UTF_8));
        System.exit(1);
    }

    private static void answer(Algorithm algorithm, Channel.Frame frame) {
        int call = frame.call();
        channel.send('S', '0', call, NOTHING);
        Output.belongsTo(call);
        Answer answer = null;
        String error = null;
        try {
            answer = algorithm.apply(new Input(frame.kind(), frame.body()));
        } catch (Throwable thrown) {
            error = Errors.describe(thrown, algorithm.errorTypeOf(Errors.unwrap(thrown)));
        }
        Output.belongsTo(0);
        if (answer != null) channel.send('V', answer.kind(), call, answer.body());
        else channel.send('E', 'j', call, error.getBytes(StandardCharsets.UTF_8));
    }
}
