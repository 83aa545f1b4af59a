module Case
  def self.load
    { greeting: 'Hello' }
  end

  def self.apply(input, state:)
    "#{state[:greeting]} #{input}"
  end
end
