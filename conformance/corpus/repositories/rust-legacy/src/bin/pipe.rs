// The program that repositories of that time brought with them.
extern crate algorithm;
extern crate algorithmia;

fn main() {
    let _algo = algorithm::Algo::default();
    println!("PIPE_INIT_COMPLETE");
}
