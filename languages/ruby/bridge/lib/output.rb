# frozen_string_literal: true

module AlgoristBridge
  # What author code prints, as output frames in the order it was printed. STDOUT and STDERR stay the streams that they are,
  # with `write` replaced, which is where puts, print, p, printf, warn and loggers end; what is written past it (child
  # processes, syswrite, C libraries) goes to the plain pipes.
  class Output
    MAX_FRAME_BYTES = 65_536
    LINE_END = "\n".b.freeze

    # Number of the call that output belongs to, 0 while none runs.
    attr_accessor :call

    def initialize(channel)
      @channel = channel
      @call = 0
      @pending = String.new
      @kind = '1'
      @lock = Thread::Mutex.new
      @is_left = false
    end

    # Replaces `write` of both streams. What is not a whole line yet is sent when author code flushes or ends.
    def install
      # Ruby's own warnings pass `write` by as long as the stream is the one that it started with.
      $stderr = IO.for_fd(2, 'w', autoclose: false)
      capture(STDOUT, '1')
      [STDERR, $stderr].each { |stream| capture(stream, '2') }
      at_exit { flush }
      leave_in_children
    end

    def flush
      return if @is_left

      exclusively { send_pending }
    end

    # Bytes of `parts` as output of `kind`; the block writes them as Ruby would, for where frames cannot be.
    def write(kind, parts)
      return yield if @is_left

      bytes = parts.map { |part| part.to_s.b }.join
      exclusively { append(kind, bytes) }
      bytes.bytesize
    rescue ThreadError
      yield # a signal's handler may not wait for a lock
    end

    # True in a forked child of author code.
    def left?
      @is_left
    end

    # For a forked child: it shares the socket with the worker, and must neither write frames nor keep it open.
    def leave
      return if @is_left

      @is_left = true
      @channel.leave
    end

    private

    def exclusively(&block)
      Thread.handle_interrupt(Object => :never) { @lock.synchronize(&block) }
    end

    def append(kind, bytes)
      send_pending if kind != @kind
      @kind = kind
      @pending << bytes
      send_pending if @pending.bytesize >= MAX_FRAME_BYTES || bytes.include?(LINE_END)
    end

    def send_pending
      return if @pending.empty?

      (0...@pending.bytesize).step(MAX_FRAME_BYTES) do |start|
        @channel.send(Channel.frame('O', @kind, @call, @pending.byteslice(start, MAX_FRAME_BYTES)))
      end
      @pending.clear
    end

    def capture(stream, kind)
      output = self
      stream.sync = true
      stream.define_singleton_method(:write) { |*parts| output.write(kind, parts) { super(*parts) } }
      stream.define_singleton_method(:flush) { output.flush || self }
      stream.define_singleton_method(:reopen) do |*target, **options|
        output.flush
        # From now on it is the stream that author code wants.
        singleton_class.remove_method(:write) if singleton_class.method_defined?(:write, false)
        super(*target, **options)
      end
    end

    def leave_in_children
      output = self
      Process.singleton_class.prepend(Module.new do
        define_method(:_fork) do
          pid = super()
          output.leave if pid.zero?
          pid
        end
      end)
    end
  end
end
