package algorist.scala;

import java.lang.annotation.Annotation;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The signature that Scala's compiler leaves with a class, in the annotation ScalaSignature: a table of symbols and types, of
 * which only the parameters of methods are read here. Numbers have seven bits in each byte, the high bit says that more come.
 */
final class Pickle {
    private static final int TERM_NAME = 1, TYPE_NAME = 2, ALIAS_SYMBOL = 5, CLASS_SYMBOL = 6, MODULE_SYMBOL = 7, VALUE_SYMBOL = 8;
    private static final int OUTER_CLASS = 9, OUTER_MODULE = 10, NAMED_TYPE = 16, METHOD_TYPE = 20, GENERIC_TYPE = 21, ANNOTATED_TYPE = 42;
    private static final int MAX_DEPTH = 30;
    private static final Shape UNKNOWN = new Shape("", List.of());

    /** A type: its name without a package, and its arguments. */
    record Shape(String name, List<Shape> arguments) {}

    private record Entry(int tag, int start, int end) {}

    private record Symbol(String name, int owner, int info) {}

    private final byte[] bytes;
    private final Entry[] entries;
    private int at = 0;

    private Pickle(byte[] bytes) {
        this.bytes = bytes;
        number();
        number();
        entries = new Entry[number()];
        for (int index = 0; index < entries.length; index++) {
            int tag = bytes[at++];
            int length = number();
            entries[index] = new Entry(tag, at, at + length);
            at += length;
        }
    }

    /** The signature of the outermost class around `type`; null when there is none that can be read. */
    static Pickle of(Class<?> type) {
        Class<?> holder = holderOf(type);
        for (Annotation annotation : holder == null ? new Annotation[0] : holder.getAnnotations()) {
            String name = annotation.annotationType().getName();
            try {
                if (name.equals("scala.reflect.ScalaSignature")) return new Pickle(decode((String) Calls.call(annotation, "bytes")));
                if (name.equals("scala.reflect.ScalaLongSignature")) return new Pickle(decode(String.join("", (String[]) Calls.call(annotation, "bytes"))));
            } catch (RuntimeException error) {
                return null; // another form than the one that is known
            }
        }
        return null;
    }

    private static Class<?> holderOf(Class<?> type) {
        String name = type.getName();
        int nested = name.indexOf('$', name.lastIndexOf('.') + 2);
        try {
            return nested < 0 ? type : Class.forName(name.substring(0, nested), false, type.getClassLoader());
        } catch (ClassNotFoundException error) {
            return null;
        }
    }

    /** Each character holds seven bits and is one more than they are, so that zero does not occur. */
    private static byte[] decode(String text) {
        byte[] decoded = new byte[text.length() * 7 / 8 + 1];
        int bits = 0;
        int count = 0;
        int size = 0;
        for (int index = 0; index < text.length(); index++) {
            int value = text.charAt(index) == 0 ? 127 : text.charAt(index) - 1;
            bits |= value << count;
            count += 7;
            if (count < 8) continue;
            decoded[size++] = (byte) bits;
            bits >>>= 8;
            count -= 8;
        }
        return decoded;
    }

    /** The parameters' types of each method of that name in each class or object of that name. */
    List<List<Shape>> parametersOf(String className, String methodName) {
        List<List<Shape>> found = new ArrayList<>();
        for (Entry entry : entries) {
            if (entry.tag() != VALUE_SYMBOL) continue;
            Symbol symbol = symbol(entry);
            if (!symbol.name().equals(methodName) || !isClassNamed(symbol.owner(), className)) continue;
            List<Shape> shapes = new ArrayList<>();
            if (readMethod(symbol.info(), shapes, 0)) found.add(shapes);
        }
        return found;
    }

    private boolean isClassNamed(int index, String name) {
        int tag = entries[index].tag();
        return (tag == CLASS_SYMBOL || tag == MODULE_SYMBOL) && symbol(entries[index]).name().equals(name);
    }

    /** False when it is no method's type. Lists of parameters that follow each other are one for Java. */
    private boolean readMethod(int type, List<Shape> shapes, int depth) {
        Entry entry = entries[type];
        if (depth > MAX_DEPTH || entry.tag() != METHOD_TYPE && entry.tag() != GENERIC_TYPE) return depth > 0;
        List<Integer> parts = numbersOf(entry);
        if (entry.tag() == METHOD_TYPE) {
            for (int parameter : parts.subList(1, parts.size())) shapes.add(shape(symbol(entries[parameter]).info(), depth));
        }
        return readMethod(parts.get(0), shapes, depth + 1);
    }

    private Shape shape(int type, int depth) {
        Entry entry = entries[type];
        if (depth > MAX_DEPTH) return UNKNOWN;
        if (entry.tag() == ANNOTATED_TYPE || entry.tag() == GENERIC_TYPE) return shape(numbersOf(entry).get(0), depth + 1);
        if (entry.tag() != NAMED_TYPE) return UNKNOWN;
        List<Integer> parts = numbersOf(entry);
        Entry target = entries[parts.get(1)];
        if (target.tag() == ALIAS_SYMBOL) return shape(symbol(target).info(), depth + 1);
        List<Shape> arguments = new ArrayList<>();
        for (int argument : parts.subList(2, parts.size())) arguments.add(shape(argument, depth + 1));
        return new Shape(nameOfSymbol(target), arguments);
    }

    private String nameOfSymbol(Entry entry) {
        if (entry.tag() == OUTER_CLASS || entry.tag() == OUTER_MODULE) return nameAt(numbersOf(entry).get(0));
        return entry.tag() >= 4 && entry.tag() <= VALUE_SYMBOL ? symbol(entry).name() : "";
    }

    /** Name, owner, flags, what it is private within if anything, and its type. */
    private Symbol symbol(Entry entry) {
        at = entry.start();
        int name = number();
        int owner = number();
        number();
        int next = number();
        int info = isSymbol(next) && at < entry.end() ? number() : next;
        return new Symbol(nameAt(name), owner, info);
    }

    private boolean isSymbol(int index) {
        int tag = entries[index].tag();
        return tag >= 3 && tag <= OUTER_MODULE;
    }

    private String nameAt(int index) {
        Entry entry = entries[index];
        if (entry.tag() != TERM_NAME && entry.tag() != TYPE_NAME) return "";
        return new String(bytes, entry.start(), entry.end() - entry.start(), StandardCharsets.UTF_8);
    }

    private List<Integer> numbersOf(Entry entry) {
        List<Integer> numbers = new ArrayList<>();
        for (at = entry.start(); at < entry.end(); ) numbers.add(number());
        return numbers;
    }

    /** Flags are longer than an int; what is lost of them is not needed. */
    private int number() {
        int value = 0;
        byte next;
        do {
            next = bytes[at++];
            value = value << 7 | next & 127;
        } while (next < 0);
        return value;
    }
}
