package algorist.bridge;

import java.nio.charset.StandardCharsets;

/** What a call answers: kind `t` text, `j` JSON text or `b` bytes, and the body. */
public record Answer(char kind, byte[] body) {
    /** Text; half a surrogate pair exists in JSON only. */
    public static Answer text(String text) {
        return isWellFormed(text) ? new Answer('t', text.getBytes(StandardCharsets.UTF_8)) : json(Json.quote(text));
    }

    /** A value as JSON text. */
    public static Answer json(String text) {
        return new Answer('j', text.getBytes(StandardCharsets.UTF_8));
    }

    public static Answer bytes(byte[] bytes) {
        return new Answer('b', bytes);
    }

    private static boolean isWellFormed(String text) {
        for (int at = 0; at < text.length(); at++) {
            char unit = text.charAt(at);
            if (!Character.isSurrogate(unit)) continue;
            boolean isPair = Character.isHighSurrogate(unit)
                && at + 1 < text.length() && Character.isLowSurrogate(text.charAt(at + 1));
            if (!isPair) return false;
            at++;
        }
        return true;
    }
}
