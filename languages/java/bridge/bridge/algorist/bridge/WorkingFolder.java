package algorist.bridge;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import jdk.incubator.foreign.CLinker;
import jdk.incubator.foreign.FunctionDescriptor;
import jdk.incubator.foreign.MemoryAddress;
import jdk.incubator.foreign.ResourceScope;

/**
 * The process's working directory, which Java cannot change: `chdir` of the C library does. A worker that was started ahead
 * has it before its algorithm is mounted there; relative paths and child processes would see what was there before.
 */
final class WorkingFolder {
    private static final int HIDDEN_ERRORS = 5;
    private static MethodHandle chdir;

    private WorkingFolder() {}

    /** Does beforehand what takes long, and takes back the descriptor for errors (start.sh). */
    static void prepare() {
        chdir = function("chdir", MethodType.methodType(int.class, MemoryAddress.class),
            FunctionDescriptor.of(CLinker.C_INT, CLinker.C_POINTER));
        change("/");
        MethodHandle dup2 = function("dup2", MethodType.methodType(int.class, int.class, int.class),
            FunctionDescriptor.of(CLinker.C_INT, CLinker.C_INT, CLinker.C_INT));
        MethodHandle close = function("close", MethodType.methodType(int.class, int.class),
            FunctionDescriptor.of(CLinker.C_INT, CLinker.C_INT));
        try {
            int ignored = (int) dup2.invokeExact(HIDDEN_ERRORS, 2) + (int) close.invokeExact(HIDDEN_ERRORS);
        } catch (Throwable error) {
            throw new IllegalStateException(error);
        }
    }

    static void change(String folder) {
        int result;
        try (ResourceScope scope = ResourceScope.newConfinedScope()) {
            result = (int) chdir.invokeExact(CLinker.toCString(folder, scope).address());
        } catch (Throwable error) {
            throw new IllegalStateException(error);
        }
        if (result != 0) throw new IllegalStateException("the working directory cannot be " + folder);
    }

    private static MethodHandle function(String name, MethodType type, FunctionDescriptor descriptor) {
        return CLinker.getInstance().downcallHandle(CLinker.systemLookup().lookup(name).orElseThrow(), type, descriptor);
    }
}
