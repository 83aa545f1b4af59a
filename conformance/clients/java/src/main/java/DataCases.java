import com.algorithmia.APIException;
import com.algorithmia.Algorithmia;
import com.algorithmia.AlgorithmiaClient;
import com.algorithmia.data.DataAcl;
import com.algorithmia.data.DataAclType;
import com.algorithmia.data.DataDirectory;
import com.algorithmia.data.DataFile;
import com.algorithmia.data.DataObject;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Hosted data as the Maven client sees it: it form-encodes whole paths, slashes included. */
final class DataCases {
    private static final String API = System.getenv("ALGORITHMIA_API");
    private static final String OWNER = System.getenv("CASES_OWNER");
    private static final String CROWD = System.getenv("CASES_CROWD");
    private static final int CROWD_SIZE = Integer.parseInt(System.getenv("CASES_CROWD_SIZE"));
    private static final int LARGE_BYTES = 20 * 1024 * 1024;
    private static final List<String> NAMES = List.of(
        "plain.txt", "two words.txt", "Grüße 漢字 😀.txt", "a+b=c&d.txt", "50%41.txt", "what?#.txt", "it's(1);~*.txt");

    private static final AlgorithmiaClient CLIENT = Algorithmia.client(System.getenv("ALGORITHMIA_API_KEY"), API);
    private static final AlgorithmiaClient STRANGER = Algorithmia.client(System.getenv("CASES_STRANGER_KEY"), API);

    private DataCases() {}

    static void check(Report report) {
        files(report);
        directories(report);
        listings(report);
        permissions(report);
    }

    private static DataDirectory unmade() {
        return CLIENT.dir("data://.my/Java" + UUID.randomUUID().toString().substring(0, 8));
    }

    private static DataDirectory newDirectory() throws Exception {
        DataDirectory directory = unmade();
        directory.create();
        return directory;
    }

    private static DataFile newFile(String name) throws Exception {
        return newDirectory().file(name);
    }

    private static byte[] randomBytes(int count) {
        byte[] bytes = new byte[count];
        new Random(count).nextBytes(bytes);
        return bytes;
    }

    /** The text of the exception that the platform's refusal becomes. */
    private static String refusalOf(Report.Case body) throws Exception {
        try {
            body.run();
        } catch (APIException refused) {
            return refused.getMessage();
        }
        throw new AssertionError("not refused");
    }

    private static void isRefused(String status, String reason, Report.Case body) throws Exception {
        String refusal = refusalOf(body);
        Report.isTrue(refusal.contains(status) && refusal.contains(reason), refusal);
    }

    private static List<String> namesOf(Iterable<? extends DataObject> objects) {
        List<String> names = new ArrayList<>();
        for (DataObject object : objects) names.add(object.getName());
        return names;
    }

    private static void files(Report report) {
        report.check("text and bytes that are put come back", () -> {
            DataFile file = newFile("file.txt");
            for (String text : List.of("Grüße 漢字 😀", "", "shorter")) {
                file.put(text);
                Report.equal(text, file.getString());
                Report.equal(text.getBytes(StandardCharsets.UTF_8), file.getBytes());
            }
            file.put("Grüße", StandardCharsets.ISO_8859_1);
            Report.equal("Grüße", file.getString(StandardCharsets.ISO_8859_1));
        });
        report.check("a stream of unknown length and a local file are stored whole", () -> {
            byte[] content = randomBytes(300_000);
            DataFile file = newFile("stream.bin");
            file.put(new ByteArrayInputStream(content));
            Report.equal(content, file.getBytes());
            Path local = Files.createTempFile("algorist", ".bin");
            Files.write(local, content);
            DataFile uploaded = newDirectory().putFile(local.toFile());
            Report.equal(local.getFileName().toString(), uploaded.getName());
            Report.equal(content, uploaded.getBytes());
        });
        report.check("20 MiB go up and come down the same", () -> {
            byte[] content = randomBytes(LARGE_BYTES);
            DataFile file = newFile("large.bin");
            file.put(content);
            Report.equal(content, Files.readAllBytes(file.getFile().toPath()));
        });
        report.check("a file exists after put() and not after delete()", () -> {
            DataFile file = newFile("file.txt");
            Report.equal(false, file.exists());
            file.put("x");
            Report.equal(true, file.exists());
            file.delete();
            Report.equal(false, file.exists());
        });
        report.check("a missing file is refused with 404 and the exact text", () -> {
            DataFile file = newFile("missing.txt");
            isRefused("404", "path not found", file::getString);
            isRefused("404", "Not Found", file::getFile);
            isRefused("404", "path not found", file::delete);
            isRefused("404", "path not found", () -> unmade().file("x").put("x"));
        });
        report.check("names of all kinds are kept, as the client form-encodes them", () -> {
            DataDirectory directory = newDirectory();
            for (String name : NAMES) directory.file(name).put(name);
            List<String> found = namesOf(directory.files());
            Collections.sort(found);
            Report.equal(NAMES.stream().sorted().collect(Collectors.toList()), found);
            for (String name : NAMES) Report.equal(name, directory.file(name).getString());
            for (DataFile file : directory.files()) file.delete();
            Report.equal(List.of(), namesOf(directory.files()));
        });
        report.check("data://.my, the owner's name and a leading slash are one file", () -> {
            DataFile file = newFile("file.txt");
            file.put("x");
            String rest = file.path.substring(".my/".length());
            for (String form : List.of("data://.my/", "data://" + OWNER + "/", "/.my/", OWNER + "/")) {
                Report.equal("x", CLIENT.file(form + rest).getString());
            }
        });
    }

    private static void directories(Report report) {
        report.check("a directory exists after create() and not after delete()", () -> {
            DataDirectory directory = unmade();
            Report.equal(false, directory.exists());
            directory.create();
            Report.equal(true, directory.exists());
            directory.delete(false);
            Report.equal(false, directory.exists());
        });
        report.check("a directory with files is deleted by force alone", () -> {
            DataDirectory directory = newDirectory();
            directory.file("a.txt").put("x");
            isRefused("400", "directory not empty", () -> directory.delete(false));
            Report.equal(true, directory.file("a.txt").exists());
            directory.delete(true);
            Report.equal(false, directory.exists());
        });
        report.check("a second directory of a name, a wrong name and an unknown owner are refused", () -> {
            DataDirectory directory = newDirectory();
            isRefused("400", "", directory::create);
            isRefused("400", "", () -> CLIENT.dir("data://.my/has-hyphen").create());
            isRefused("404", "", () -> CLIENT.dir("data://nobody_here/x").create());
            isRefused("404", "path not found", () -> unmade().delete(true));
        });
    }

    private static void listings(Report report) {
        report.check("an empty directory has no files and no directories", () -> {
            DataDirectory directory = newDirectory();
            Report.equal(false, directory.getFileIter().hasNext());
            Report.equal(false, directory.getDirIter().hasNext());
        });
        report.check("the folder of an owner lists the collections", () -> {
            DataDirectory directory = newDirectory();
            Report.isTrue(namesOf(CLIENT.dir("data://.my").dirs()).contains(directory.getName()), "it is missing");
            Report.equal(List.of(), namesOf(CLIENT.dir("data://" + OWNER).files()));
        });
        report.check("more files than fit on a page are listed once each, in order", () -> {
            List<String> names = IntStream.range(0, CROWD_SIZE)
                .mapToObj(index -> String.format("%05d.txt", index)).collect(Collectors.toList());
            Report.equal(names, namesOf(CLIENT.dir("data://.my/" + CROWD).files()));
        });
        report.check("a missing directory has no first entry", () -> {
            try {
                unmade().getFileIter().next();
            } catch (NoSuchElementException missing) {
                Report.isTrue(missing.getMessage().contains("404"), missing.getMessage());
                return;
            }
            throw new AssertionError("it has one");
        });
    }

    private static DataAclType permissionsOf(DataDirectory directory) throws Exception {
        return directory.getPermissions().getReadPermissions();
    }

    private static void permissions(Report report) {
        report.check("permissions are as created and as updated", () -> {
            Report.equal(DataAclType.MY_ALGOS.getAclStrings(), permissionsOf(newDirectory()).getAclStrings());
            DataDirectory directory = unmade();
            directory.create(DataAcl.PRIVATE);
            for (DataAcl wanted : Arrays.asList(DataAcl.PUBLIC, DataAcl.MY_ALGOS, DataAcl.PRIVATE)) {
                Report.equal(true, directory.updatePermissions(wanted));
                List<String> expected = wanted.getReadPermissions().getAclStrings();
                Report.equal(expected, permissionsOf(directory).getAclStrings());
            }
        });
        report.check("a stranger reads what is public and writes nothing", () -> {
            DataDirectory directory = newDirectory();
            directory.file("a.txt").put("x");
            DataDirectory seen = STRANGER.dir(directory.path.replace(".my", OWNER));
            isRefused("403", "not authorized", () -> seen.file("a.txt").getString());
            isRefused("403", "", () -> seen.exists());
            directory.updatePermissions(DataAcl.PUBLIC);
            Report.equal("x", seen.file("a.txt").getString());
            Report.equal(List.of("a.txt"), namesOf(seen.files()));
            isRefused("403", "not authorized", () -> seen.file("a.txt").put("changed"));
            isRefused("403", "not authorized", () -> seen.file("a.txt").delete());
            isRefused("403", "not authorized", () -> seen.delete(true));
            isRefused("403", "", () -> seen.updatePermissions(DataAcl.PRIVATE));
        });
    }
}
