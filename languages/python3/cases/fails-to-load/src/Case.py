print("about to fail")
import no_such_package
