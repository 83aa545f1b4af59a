# frozen_string_literal: true

# The life of a worker: load, then one call at a time until the runner closes the stream.
module AlgoristBridge
  module_function

  # Loads the algorithm in the working directory and answers calls on `channel`. Returns at the end of the stream; after a
  # load that failed the process ends with code 1.
  def run(channel)
    output = Output.new(channel)
    output.install
    algorithm = load_or_report(channel, output)
    channel.send(Channel.frame('R'))
    serve(channel, output, algorithm)
  end

  def load_or_report(channel, output)
    algorithm = Algorithm.load(Dir.pwd, ENV.fetch('ALGORIST_ALGORITHM', nil))
    output.flush
    algorithm
  rescue SystemExit, SignalException
    raise
  rescue Exception => error # whatever author code raises: LoadError and SyntaxError are no StandardError
    output.flush
    channel.send(Channel.frame('L', 'j', 0, Errors.describe_loading(error)))
    exit(1)
  end

  def serve(channel, output, algorithm)
    answer = []
    loop do
      # An answer waits for the next start mark only if that call is here already: one write then carries both.
      unless channel.received?
        channel.send(answer) unless answer.empty?
        answer = []
      end
      type, kind, call, body = channel.receive
      break if type.nil?
      next if type != 'C'

      channel.send([*answer, *Channel.frame('S', '0', call)])
      output.call = call
      answer_type, answer_kind, answer_body = answer_to(algorithm, kind, body)
      exit!(0) if output.left? # a child that author code forked has come back here
      output.flush
      output.call = 0
      answer = Channel.frame(answer_type, answer_kind, call, answer_body)
    end
    channel.send(answer) unless answer.empty?
  end

  def answer_to(algorithm, kind, body)
    ['V', *Values.encode(algorithm.call(Values.decode(kind, body)))]
  rescue SystemExit, SignalException
    raise
  rescue Exception => error # as the platform's own pipe did: NotImplementedError and the like are no StandardError
    ['E', 'j', Errors.describe(error)]
  end
end
