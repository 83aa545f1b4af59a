package start;

public class Start {
    public static void main(String[] arguments) {
        System.out.println("nothing is served");
    }
}
