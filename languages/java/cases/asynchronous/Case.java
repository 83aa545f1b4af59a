package app;

import java.util.concurrent.CompletableFuture;

public class Case {
    public CompletableFuture<String> apply(String input) {
        return CompletableFuture.supplyAsync(() -> {
            if (input.equals("boom")) throw new IllegalStateException("boom");
            return "later " + input;
        });
    }
}
