/**
 * How many times longer than on a quiet machine an answer may take before a test fails: enough for a machine that is
 * slow or shared, and little enough to notice what hangs. What an answer took is printed, not judged by this.
 */
export const PATIENCE = 5
