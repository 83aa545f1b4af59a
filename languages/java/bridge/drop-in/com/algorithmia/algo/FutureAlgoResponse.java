package com.algorithmia.algo;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** An answer that is on its way. */
public class FutureAlgoResponse implements Future<AlgoResponse> {
    private final Future<AlgoResponse> answer;

    public FutureAlgoResponse(Future<AlgoResponse> answer) {
        this.answer = answer;
    }

    @Override
    public boolean cancel(boolean mayInterrupt) {
        return answer.cancel(mayInterrupt);
    }

    @Override
    public boolean isCancelled() {
        return answer.isCancelled();
    }

    @Override
    public boolean isDone() {
        return answer.isDone();
    }

    @Override
    public AlgoResponse get() throws InterruptedException, ExecutionException {
        return answer.get();
    }

    @Override
    public AlgoResponse get(long timeout, TimeUnit unit) throws InterruptedException, ExecutionException, TimeoutException {
        return answer.get(timeout, unit);
    }
}
