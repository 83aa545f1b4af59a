package algorist.bridge;

import java.math.BigDecimal;
import java.math.BigInteger;

/** A number as it is in JSON text, so that no digit is lost. */
public final class JsonNumber extends Number {
    private static final long serialVersionUID = 1;
    private final String text;

    JsonNumber(String text) {
        this.text = text;
    }

    /** Whether it is written without a point and an exponent. */
    public boolean isInteger() {
        for (int at = 0; at < text.length(); at++) {
            if (".eE".indexOf(text.charAt(at)) >= 0) return false;
        }
        return true;
    }

    /** Long or BigInteger when it is an integer, else BigDecimal: the Java number with the same digits. */
    public Number exact() {
        if (!isInteger()) return new BigDecimal(text);
        BigInteger whole = new BigInteger(text);
        if (whole.bitLength() < 64) return whole.longValue();
        return whole;
    }

    @Override
    public int intValue() {
        return (int) longValue();
    }

    /** Without what is behind the point. */
    @Override
    public long longValue() {
        return isInteger() ? new BigInteger(text).longValue() : new BigDecimal(text).longValue();
    }

    @Override
    public float floatValue() {
        return Float.parseFloat(text);
    }

    @Override
    public double doubleValue() {
        return Double.parseDouble(text);
    }

    @Override
    public String toString() {
        return text;
    }
}
