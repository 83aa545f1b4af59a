package algorist.bridge;

import java.nio.charset.StandardCharsets;

/** The body of a call: kind `t` text, `j` JSON text or `b` bytes (PROTOCOL.md). */
public final class Input {
    private final char kind;
    private final byte[] body;
    private Object json;
    private boolean isParsed;

    public Input(char kind, byte[] body) {
        this.kind = kind;
        this.body = body;
    }

    public boolean isBytes() {
        return kind == 'b';
    }

    /** Text was sent, or JSON that is a string: algorithms cannot tell them apart. */
    public boolean isText() {
        return kind == 't' || kind == 'j' && json() instanceof String;
    }

    public byte[] bytes() {
        return body;
    }

    /** The text that was sent, unquoted when it is a JSON string. */
    public String text() {
        return kind == 'j' && json() instanceof String text ? text : new String(body, StandardCharsets.UTF_8);
    }

    /** The value as {@link Json#parse} has it; text is a JSON string. Bytes have none. */
    public Object json() {
        if (!isParsed) {
            String text = new String(body, StandardCharsets.UTF_8);
            json = kind == 'j' ? Json.parse(text) : text;
            isParsed = true;
        }
        return json;
    }
}
