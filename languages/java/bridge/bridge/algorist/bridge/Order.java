package algorist.bridge;

import java.io.ByteArrayOutputStream;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The wait of a worker that was started ahead (decision 0072): until its order comes it has seen nobody's code, secret or
 * name. Nothing else runs in the process meanwhile, and what is read belongs to this worker alone.
 */
final class Order {
    private static final int ORDERS = 4;
    private static final String FOLDER = "/opt/algorithm";

    private Order() {}

    /** Returns once the process has the variables and the folder of an algorithm; ends the process when there will be none. */
    static void await(Channel channel) {
        WorkingFolder.prepare();
        WarmUp.run();
        Map<String, String> variables = new LinkedHashMap<>();
        Map<?, ?> order = read();
        addTo(variables, Json.parse(text(channel.readExactly(Channel.int32(channel.readExactly(4), 0)))));
        addTo(variables, order);
        variables.put("PWD", FOLDER);
        Variables.replace(variables);
        WorkingFolder.change(FOLDER);
    }

    private static Map<?, ?> read() {
        try (FileInputStream orders = new FileInputStream(Channel.descriptor(ORDERS))) {
            byte[] order = readAll(orders);
            if (order.length == 0) Runtime.getRuntime().halt(0);
            return (Map<?, ?>) Json.parse(text(order));
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    /** Not `readAllBytes`, which asks for a position that a socket has not. */
    private static byte[] readAll(FileInputStream orders) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] part = new byte[65536];
        for (int size = orders.read(part); size > 0; size = orders.read(part)) all.write(part, 0, size);
        return all.toByteArray();
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static void addTo(Map<String, String> variables, Object more) {
        ((Map<?, ?>) more).forEach((name, value) -> variables.put((String) name, (String) value));
    }
}
