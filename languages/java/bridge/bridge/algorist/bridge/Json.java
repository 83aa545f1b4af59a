package algorist.bridge;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * JSON text as Java values: null, Boolean, String, {@link JsonNumber} (which keeps its digits), List and Map (in the order
 * of the text, the last of equal names). Written by {@link JsonWriter}.
 */
public final class Json {
    private final String text;
    private int at = 0;

    private Json(String text) {
        this.text = text;
    }

    /** @throws IllegalArgumentException saying where the text is no JSON */
    public static Object parse(String text) {
        Json parser = new Json(text);
        Object value = parser.value();
        parser.skipSpace();
        if (parser.at < text.length()) throw parser.wrong("the end");
        return value;
    }

    /** The value as JSON text, see {@link JsonWriter}. */
    public static String write(Object value) {
        return new JsonWriter().write(value);
    }

    /** Text as a JSON string. */
    public static String quote(String text) {
        StringBuilder out = new StringBuilder(text.length() + 2);
        quote(text, out);
        return out.toString();
    }

    static void quote(String text, StringBuilder out) {
        out.append('"');
        int copied = 0;
        for (int at = 0; at < text.length(); at++) {
            String escape = escapeOf(text, at);
            if (escape == null) continue;
            out.append(text, copied, at).append(escape);
            copied = at + 1;
        }
        out.append(text, copied, text.length()).append('"');
    }

    private static String escapeOf(String text, int at) {
        char unit = text.charAt(at);
        if (unit >= ' ' && unit != '"' && unit != '\\' && !isHalfPair(text, at)) return null;
        return switch (unit) {
            case '"' -> "\\\"";
            case '\\' -> "\\\\";
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\t' -> "\\t";
            default -> String.format("\\u%04x", (int) unit);
        };
    }

    private static boolean isHalfPair(String text, int at) {
        char unit = text.charAt(at);
        if (Character.isHighSurrogate(unit)) return at + 1 == text.length() || !Character.isLowSurrogate(text.charAt(at + 1));
        return Character.isLowSurrogate(unit) && (at == 0 || !Character.isHighSurrogate(text.charAt(at - 1)));
    }

    private Object value() {
        skipSpace();
        switch (at < text.length() ? text.charAt(at) : 0) {
            case '{':
                return object();
            case '[':
                return array();
            case '"':
                return string();
            case 't':
                return word("true", Boolean.TRUE);
            case 'f':
                return word("false", Boolean.FALSE);
            case 'n':
                return word("null", null);
            default:
                return number();
        }
    }

    private Map<String, Object> object() {
        Map<String, Object> members = new LinkedHashMap<>();
        at++;
        if (takes('}')) return members;
        do {
            skipSpace();
            if (at >= text.length() || text.charAt(at) != '"') throw wrong("a name");
            String name = string();
            if (!takes(':')) throw wrong("':'");
            members.put(name, value());
        } while (takes(','));
        if (!takes('}')) throw wrong("',' or '}'");
        return members;
    }

    private List<Object> array() {
        List<Object> items = new ArrayList<>();
        at++;
        if (takes(']')) return items;
        do items.add(value());
        while (takes(','));
        if (!takes(']')) throw wrong("',' or ']'");
        return items;
    }

    private String string() {
        int start = ++at;
        while (at < text.length() && text.charAt(at) != '"' && text.charAt(at) != '\\') at++;
        if (at < text.length() && text.charAt(at) == '"') return text.substring(start, at++);
        StringBuilder out = new StringBuilder(text.length() - start < 64 ? 64 : at - start + 64).append(text, start, at);
        while (at < text.length()) {
            char unit = text.charAt(at++);
            if (unit == '"') return out.toString();
            out.append(unit == '\\' ? escaped() : unit);
        }
        throw wrong("'\"'");
    }

    private char escaped() {
        char unit = at < text.length() ? text.charAt(at++) : 0;
        switch (unit) {
            case 'n':
                return '\n';
            case 't':
                return '\t';
            case 'r':
                return '\r';
            case 'b':
                return '\b';
            case 'f':
                return '\f';
            case 'u':
                if (at + 4 > text.length()) throw wrong("four digits");
                at += 4;
                return (char) Integer.parseInt(text, at - 4, at, 16);
            case '"', '\\', '/':
                return unit;
            default:
                throw wrong("an escape");
        }
    }

    private JsonNumber number() {
        int start = at;
        while (at < text.length() && "+-.eE0123456789".indexOf(text.charAt(at)) >= 0) at++;
        if (start == at) throw wrong("a value");
        return new JsonNumber(text.substring(start, at));
    }

    private <T> T word(String word, T value) {
        if (!text.startsWith(word, at)) throw wrong("a value");
        at += word.length();
        return value;
    }

    private boolean takes(char wanted) {
        skipSpace();
        if (at >= text.length() || text.charAt(at) != wanted) return false;
        at++;
        return true;
    }

    private void skipSpace() {
        while (at < text.length() && " \n\r\t\uFEFF".indexOf(text.charAt(at)) >= 0) at++;
    }

    private IllegalArgumentException wrong(String expected) {
        return new IllegalArgumentException("not JSON: expected " + expected + " at character " + at);
    }
}
