module Case
  def self.apply(text:, limit: 3)
    text[0, limit]
  end
end
