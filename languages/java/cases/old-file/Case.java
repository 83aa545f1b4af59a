package algorithmia.Case;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;

public class Case {
    private File last;

    public File apply(String text) throws IOException {
        if (last != null && last.exists()) throw new IllegalStateException("the file is still there");
        last = File.createTempFile("case", ".bin");
        Files.writeString(last.toPath(), text);
        return last;
    }
}
