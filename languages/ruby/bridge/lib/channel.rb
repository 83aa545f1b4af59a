# frozen_string_literal: true

module AlgoristBridge
  # Frames on one stream socket (languages/PROTOCOL.md). Owns reading and writing of frames and nothing of their meaning.
  # Any thread may send, one receives.
  class Channel
    HEADER = 'NaaN'
    HEADER_BYTES = 10
    CHUNK_BYTES = 65_536

    # Header and body of one frame, as parts for `send`: bodies are large sometimes and are not copied.
    def self.frame(type, kind = '0', call = 0, body = '')
      [[body.bytesize, type, kind, call].pack(HEADER), body]
    end

    def initialize(descriptor)
      @io = IO.for_fd(descriptor, 'r+b')
      @io.sync = true
      # Programs that author code starts must not hold the runner's socket.
      @io.close_on_exec = true
      @buffer = String.new(capacity: CHUNK_BYTES)
      @start = 0
      @lock = Thread::Mutex.new
    end

    # Writes the parts of whole frames. Not interrupted by what author code raises in this thread from another (Timeout does):
    # half a frame would be the end of the stream.
    def send(parts)
      Thread.handle_interrupt(Object => :never) { @lock.synchronize { @io.write(*parts) } }
    rescue Errno::EPIPE, Errno::ECONNRESET
      exit!(0) # the runner is gone: nobody is left to answer
    end

    # Waits for the next frame: type, kind, call, body; nil at the end of the stream.
    def receive
      return unless fill(HEADER_BYTES)

      size, type, kind, call = @buffer.unpack(HEADER, offset: @start)
      @start += HEADER_BYTES
      body = take(size)
      body && [type, kind, call, body]
    end

    # Whether the next frame has arrived as a whole.
    def received?
      waiting = @buffer.bytesize - @start
      waiting >= HEADER_BYTES && waiting >= HEADER_BYTES + @buffer.unpack1('N', offset: @start)
    end

    # For a forked child, which shares the socket with the worker.
    def leave
      @io.close
    end

    private

    def fill(size)
      while @buffer.bytesize - @start < size
        @buffer = @buffer.byteslice(@start..)
        @start = 0
        @buffer << @io.readpartial(CHUNK_BYTES)
      end
      true
    rescue EOFError, Errno::ECONNRESET
      false
    end

    def take(size)
      body = @buffer.byteslice(@start, size)
      @start += body.bytesize
      missing = size - body.bytesize
      return body if missing.zero?

      rest = @io.read(missing)
      body << rest if rest && rest.bytesize == missing
    end
  end
end
