import com.algorithmia.APIException;
import com.algorithmia.AlgorithmException;
import com.algorithmia.Algorithmia;
import com.algorithmia.AlgorithmiaClient;
import com.algorithmia.TypeToken;
import com.algorithmia.algo.AlgoAsyncResponse;
import com.algorithmia.algo.AlgoFailure;
import com.algorithmia.algo.AlgoResponse;
import com.algorithmia.algo.Algorithm;
import com.algorithmia.algo.Algorithm.AlgorithmOutputType;
import com.algorithmia.algo.ContentType;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The Maven client's view of the platform. It has no management in 1.0.16. */
public final class Cases {
    private static final String PROBE = System.getenv("CASES_PROBE");
    private static final String API = System.getenv("ALGORITHMIA_API");
    private static final String KEY = System.getenv("ALGORITHMIA_API_KEY");
    private static final String TIMED_OUT =
        "Failed to run algorithm - may have timed-out or hit out-of-memory error";

    private static final AlgorithmiaClient CLIENT = Algorithmia.client(KEY, API);

    private static Algorithm probe() {
        return CLIENT.algo("algo://" + PROBE);
    }

    private static AlgoFailure failureOf(AlgoResponse response) {
        Report.isTrue(response.isFailure(), "the call did not fail");
        return (AlgoFailure) response;
    }

    /** The text of the exception that a call ends with when the platform refuses it. */
    private static String refusalOf(Algorithm algorithm, Object input) {
        try {
            AlgoResponse response = algorithm.pipe(input);
            return response.isFailure() ? ((AlgoFailure) response).error.getMessage() : "not refused";
        } catch (APIException refused) {
            return refused.getMessage();
        }
    }

    public static void main(String[] arguments) {
        Report report = new Report();
        calls(report);
        options(report);
        failures(report);
        DataCases.check(report);
        report.close();
    }

    private static void calls(Report report) {
        report.check("text is answered as text, with its metadata", () -> {
            AlgoResponse response = probe().pipe("HAL 9000");
            Report.equal("HAL 9000", response.asString());
            Report.equal(ContentType.Text, response.getMetadata().getContentType());
            Report.isTrue(response.getMetadata().getDuration() > 0, "no duration");
            Report.equal(null, response.getMetadata().getStdout());
        });
        report.check("objects go as JSON and come back as their class", () -> {
            AlgoResponse response = probe().pipe(Arrays.asList(1, 2, 3));
            Report.equal(ContentType.Json, response.getMetadata().getContentType());
            Report.equal(Arrays.asList(1, 2, 3), response.as(new TypeToken<List<Integer>>() {}));
            Report.equal("[1,2,3]", response.asJsonString());
        });
        report.check("JSON given as text keeps its members", () -> {
            String json = "{\"b\":[1,2.5,true],\"a\":{\"deep\":[\"x\"]}}";
            Report.equal(json, probe().pipeJson(json).asJsonString());
        });
        report.check("a JSON string is text", () -> {
            AlgoResponse response = probe().pipeJson("\"quoted\"");
            Report.equal("quoted", response.asString());
            Report.equal(ContentType.Text, response.getMetadata().getContentType());
        });
        report.check("bytes go in and come out as bytes", () -> {
            byte[] value = {0, 1, (byte) 255, (byte) 254};
            AlgoResponse response = probe().pipe(value);
            Report.equal(ContentType.Binary, response.getMetadata().getContentType());
            Report.equal(value, response.as(new TypeToken<byte[]>() {}));
        });
        report.check("bytes made by the algorithm are bytes", () -> {
            byte[] value = {0, 1, (byte) 255};
            Report.equal(value, probe().pipeJson("{\"do\":\"bytes\"}").as(new TypeToken<byte[]>() {}));
        });
        report.check("text and JSON beyond ASCII survive", () -> {
            Report.equal("Grüße 漢字 😀", probe().pipe("Grüße 漢字 😀").asString());
            Report.equal("{\"ключ\":\"Ωmega\"}", probe().pipe(Map.of("ключ", "Ωmega")).asJsonString());
        });
        report.check("a megabyte of text goes through", () -> {
            String value = "0123456789abcdef".repeat(65_536);
            Report.equal(value, probe().pipe(value).asString());
        });
        report.check("an asynchronous call answers later", () -> {
            Report.equal("later", probe().pipeAsync("later").get().asString());
        });
        report.check("the documents' examples of text, JSON and binary input", () -> {
            Report.equal("Hello HAL 9000", CLIENT.algo("algo://demo/Hello/0.1.1").pipe("HAL 9000").asString());
            Algorithm anagrams = CLIENT.algo("algo://WebPredict/ListAnagrams/0.1");
            String words = "[\"transformer\", \"terraforms\", \"retransform\"]";
            Report.equal("[\"transformer\",\"retransform\"]", anagrams.pipeJson(words).asJsonString());
            byte[] picture = Files.readAllBytes(Path.of(System.getenv("CASES_PICTURE")));
            byte[] small = CLIENT.algo("opencv/SmartThumbnail/0.1").pipe(picture).as(new TypeToken<byte[]>() {});
            Report.equal("PNG", new String(small, 1, 3, StandardCharsets.US_ASCII));
        });
        report.check("every form that names the version reaches it", () -> {
            String commit = System.getenv("CASES_PROBE_COMMIT");
            for (String version : List.of("0.1.0", "0.1", "0.1.*", "0", "0.*", "latest", commit)) {
                Report.equal("x", CLIENT.algo("algo://" + PROBE + "/" + version).pipe("x").asString());
            }
        });
    }

    private static void options(Report report) {
        report.check("default output, asked for by its name, is the usual answer", () -> {
            Report.equal("x", probe().setOutputType(AlgorithmOutputType.DEFAULT).pipe("x").asString());
        });
        report.check("raw output is the text alone, of JSON compact JSON", () -> {
            Report.equal("raw", probe().setOutputType(AlgorithmOutputType.RAW).pipe("raw").getRawOutput());
            Algorithm raw = probe().setOutputType(AlgorithmOutputType.RAW);
            Report.equal("{\"a\":[1]}", raw.pipeJson("{\"a\": [1]}").getRawOutput());
        });
        report.check("void output answers a request id at once", () -> {
            long startedNs = System.nanoTime();
            Algorithm algorithm = probe().setOutputType(AlgorithmOutputType.VOID);
            AlgoAsyncResponse response = algorithm.pipeJson("{\"do\":\"sleep\",\"seconds\":6}").getAsyncResponse();
            Report.isTrue(System.nanoTime() - startedNs < 4_000_000_000L, "it waited for the result");
            Report.equal("void", response.getAsyncProtocol());
            Report.isTrue(response.getRequestId().matches("req-[0-9a-f-]{36}"), response.getRequestId());
        });
        report.check("a call over its timeout fails with the exact text", () -> {
            AlgoResponse response = probe().setTimeout(1L, TimeUnit.SECONDS).pipeJson("{\"do\":\"sleep\",\"seconds\":30}");
            Report.equal(TIMED_OUT, failureOf(response).error.getMessage());
        });
        report.check("the owner gets what was printed", () -> {
            String stdout = probe().setStdout(true).pipeJson("{\"do\":\"print\"}").getMetadata().getStdout();
            Report.isTrue(stdout.contains("to stdout\n") && stdout.contains("to stderr\n"), stdout);
        });
        report.check("a stranger's wish for stdout is ignored", () -> {
            AlgorithmiaClient stranger = Algorithmia.client(System.getenv("CASES_STRANGER_KEY"), API);
            AlgoResponse response = stranger.algo(PROBE).setStdout(true).pipeJson("{\"do\":\"print\"}");
            Report.equal("printed", response.asString());
            Report.equal(null, response.getMetadata().getStdout());
        });
    }

    private static void failures(Report report) {
        report.check("an exception arrives with message and stack trace", () -> {
            AlgorithmException error = failureOf(probe().pipeJson("{\"do\":\"juggle\"}")).error;
            Report.equal("cannot juggle", error.getMessage());
            Report.isTrue(error.stacktrace.contains("ValueError: cannot juggle"), error.stacktrace);
        });
        report.check("a process that ends itself is reported", () -> {
            AlgorithmException error = failureOf(probe().pipeJson("{\"do\":\"exit\"}")).error;
            Report.equal("exited with code 3", error.getMessage());
        });
        report.check("an unknown algorithm and an unknown version are refused with 404", () -> {
            for (String path : List.of("nobody_here/nothing", PROBE + "/9.9.9")) {
                String refusal = refusalOf(CLIENT.algo(path), "x");
                Report.isTrue(refusal.contains("404"), refusal);
                Report.isTrue(refusal.contains("algorithm algo://" + path + " not found"), refusal);
            }
        });
        report.check("a wrong key is refused with 401", () -> {
            AlgorithmiaClient other = Algorithmia.client("sim0000000000000000000000000", API);
            String refusal = refusalOf(other.algo(PROBE), "x");
            Report.isTrue(refusal.contains("401") && refusal.contains("authorization required"), refusal);
        });
        report.check("the default client has the address of the environment and no key", () -> {
            String refusal = refusalOf(Algorithmia.algo(PROBE), "x");
            Report.isTrue(refusal.contains("401") && refusal.contains("authorization required"), refusal);
        });
        report.check("malformed JSON is refused with 400", () -> {
            try {
                probe().pipeJson("{\"a\":");
                throw new AssertionError("not refused");
            } catch (APIException refused) {
                Report.isTrue(refused.getMessage().contains("400"), refused.getMessage());
            }
        });
    }
}
