package algorist.bridge;

import java.nio.file.Path;

/** Finds and loads the algorithm in a folder. A language that builds on this bridge brings one of its own. */
public interface Loader {
    /** @throws Throwable what stands in the way; it becomes the loading error */
    Algorithm load(Path folder) throws Throwable;
}
