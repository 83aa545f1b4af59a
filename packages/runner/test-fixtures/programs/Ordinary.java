import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.security.SecureRandom;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** What Java programs ordinarily do to their system; prints "ok" when all of it works. */
public class Ordinary {
    public static void main(String[] arguments) throws Exception {
        var pool = Executors.newFixedThreadPool(8);
        var future = pool.submit(() -> 42);
        require(future.get() == 42);
        pool.shutdown();
        require(pool.awaitTermination(5, TimeUnit.SECONDS));

        var child = new ProcessBuilder("/bin/echo", "hi").start();
        require(new String(child.getInputStream().readAllBytes()).equals("hi\n") && child.waitFor() == 0);

        try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            try (var client = new Socket(server.getInetAddress(), server.getLocalPort()); var accepted = server.accept()) {
                accepted.getOutputStream().write(7);
                require(client.getInputStream().read() == 7);
            }
        }
        require(NetworkInterface.getByName("lo") != null);

        var file = Files.createTempFile("java", "map");
        try (var channel = new RandomAccessFile(file.toFile(), "rw").getChannel()) {
            channel.map(FileChannel.MapMode.READ_WRITE, 0, 1 << 20).put((byte) 1);
        }
        require(Files.size(file) == 1 << 20);
        new SecureRandom().nextBytes(new byte[16]);
        var kept = new byte[64][];
        for (int i = 0; i < 2000; i++) kept[i % 64] = new byte[1 << 18];
        System.gc();
        Thread.sleep(5);
        System.out.println("ok");
    }

    private static void require(boolean isTrue) {
        if (!isTrue) throw new IllegalStateException();
    }
}
