package algorist.scala;

import algorist.bridge.Worker;

/** Starts a Scala worker: Java's bridge, with a loader and values of Scala's own. */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        Worker.run(arguments, new ScalaLoader());
    }
}
