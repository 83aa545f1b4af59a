;; Which bytes make a JSON value (RFC 8259), for json-scanner.ts, which says what the states mean to people.
;;
;; Bodies of calls spend most of their time in the server here, and JavaScript takes 2 to 17 ns for a byte of them. This takes
;; 0.1 (long strings, sixteen bytes at a time) to 1 ns. It is resumable: what it knows is in its memory between two chunks.
;;
;;     at      what
;;      0      state                       4  nesting: how many containers are open
;;      8      in a word: where the rest of it is; in \u: digits to come
;;     12      1 once NaN or Infinity was seen
;;     32      the words without their first letters
;;   1024      for each open container: 1 for an object, 0 for an array
;;  65536      the chunk, at most as many bytes
;;
;; States, as json-scanner.ts has them. Those of a key's string are odd, those of a value's are even.
;;     0 AFTER a value in a container      1 VALUE         2, 3 STRING          4, 5 ESCAPE          6, 7 HEX
;;     8 COLON        9 KEY behind a comma     10 FIRST_ITEM     11 FIRST_KEY       12 MINUS        13 ZERO
;;    14 INTEGER     15 POINT                 16 FRACTION       17 EXPONENT        18 EXPONENT_SIGN
;;    19 EXPONENT_DIGITS                      20 WORD           21 DONE, behind the whole value
(module
  (memory (export "memory") 2)
  (data (i32.const 32) "rue\00alse\00ull\00aN\00nfinity\00")

  ;; Takes the first $size bytes of the chunk. Returns the offset behind the last that it took, which is before the chunk's end
  ;; in the state DONE only, or -1 - the offset of a byte that may not stand there; the state then is the one before it.
  (func (export "scan") (param $size i32) (param $passesNonFinite i32) (result i32)
    (local $at i32) (local $end i32) (local $byte i32) (local $state i32) (local $depth i32) (local $rest i32)
    (local $lane v128) (local $found i32)
    (local.set $at (i32.const 65536))
    (local.set $end (i32.add (local.get $at) (local.get $size)))
    (local.set $state (i32.load (i32.const 0)))
    (local.set $depth (i32.load (i32.const 4)))
    (local.set $rest (i32.load (i32.const 8)))

    (block $stop (block $fail
      (loop $next
        (br_if $stop (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $byte (i32.load8_u (local.get $at)))
        ;; A case ends with one of these, or with $next for a byte that is to be looked at again.
        (block $step (block $behind (block $close (block $ended (block $space
          (block $word (block $exponentDigits (block $exponentSign (block $exponent (block $point (block $digits
          (block $zero (block $minus (block $key (block $firstKey (block $colon
          (block $hex (block $escape (block $value (block $firstItem (block $string (block $after
            (br_table $after $value $string $string $escape $escape $hex $hex $colon $key $firstItem $firstKey
              $minus $zero $digits $point $digits $exponent $exponentSign $exponentDigits $word $stop
              (local.get $state)))

          ;; $after
            (if (i32.eq (local.get $byte) (i32.const 0x2c)) ;; ,
              (then
                (local.set $state
                  (select (i32.const 9) (i32.const 1) (i32.load8_u offset=1023 (local.get $depth))))
                (br $step)))
            (if (i32.eq (local.get $byte) (i32.const 0x7d)) ;; }
              (then
                (br_if $close (i32.load8_u offset=1023 (local.get $depth)))
                (br $fail)))
            (br_if $space (i32.ne (local.get $byte) (i32.const 0x5d))) ;; ]
            (br_if $close (i32.eqz (i32.load8_u offset=1023 (local.get $depth))))
            (br $fail))

          ;; $string: sixteen bytes at a time while none is a quote, a backslash or below a space
            (block $found
              (loop $lanes
                (if (i32.le_u (i32.add (local.get $at) (i32.const 16)) (local.get $end))
                  (then
                    (local.set $lane (v128.load (local.get $at)))
                    (local.set $found
                      (i8x16.bitmask
                        (v128.or
                          (i8x16.lt_u (local.get $lane) (i8x16.splat (i32.const 0x20)))
                          (v128.or
                            (i8x16.eq (local.get $lane) (i8x16.splat (i32.const 0x22)))
                            (i8x16.eq (local.get $lane) (i8x16.splat (i32.const 0x5c)))))))
                    (if (local.get $found)
                      (then
                        (local.set $at (i32.add (local.get $at) (i32.ctz (local.get $found))))
                        (local.set $byte (i32.load8_u (local.get $at)))
                        (br $found)))
                    (local.set $at (i32.add (local.get $at) (i32.const 16)))
                    (br $lanes))))
              (loop $bytes
                (br_if $stop (i32.ge_u (local.get $at) (local.get $end)))
                (local.set $byte (i32.load8_u (local.get $at)))
                (br_if $found (i32.lt_u (local.get $byte) (i32.const 0x20)))
                (br_if $found (i32.eq (local.get $byte) (i32.const 0x22)))
                (br_if $found (i32.eq (local.get $byte) (i32.const 0x5c)))
                (local.set $at (i32.add (local.get $at) (i32.const 1)))
                (br $bytes)))
            (if (i32.eq (local.get $byte) (i32.const 0x22))
              (then
                (br_if $behind (i32.eqz (i32.and (local.get $state) (i32.const 1))))
                (local.set $state (i32.const 8))
                (br $step)))
            (br_if $fail (i32.ne (local.get $byte) (i32.const 0x5c)))
            (local.set $state (i32.add (local.get $state) (i32.const 2))) ;; ESCAPE
            (br $step))

          ;; $firstItem: ], or as for a value
            (br_if $close (i32.eq (local.get $byte) (i32.const 0x5d))))

          ;; $value
            (if (i32.eq (local.get $byte) (i32.const 0x22)) ;; quote
              (then (local.set $state (i32.const 2)) (br $step)))
            (if (i32.lt_u (i32.sub (local.get $byte) (i32.const 0x31)) (i32.const 9)) ;; 1 to 9
              (then (local.set $state (i32.const 14)) (br $step)))
            (if (i32.eq (i32.or (local.get $byte) (i32.const 0x20)) (i32.const 0x7b)) ;; [ and {
              (then
                (br_if $fail (i32.ge_u (local.get $depth) (i32.const 10000)))
                (i32.store8 offset=1024 (local.get $depth) (i32.eq (local.get $byte) (i32.const 0x7b)))
                (local.set $state (i32.add (i32.const 10) (i32.eq (local.get $byte) (i32.const 0x7b))))
                (local.set $depth (i32.add (local.get $depth) (i32.const 1)))
                (br $step)))
            (if (i32.eq (local.get $byte) (i32.const 0x30))
              (then (local.set $state (i32.const 13)) (br $step)))
            (if (i32.eq (local.get $byte) (i32.const 0x2d)) ;; -
              (then (local.set $state (i32.const 12)) (br $step)))
            (br_if $space (i32.lt_u (local.get $byte) (i32.const 0x21)))
            (block $begun
              (local.set $rest (i32.const 32))
              (br_if $begun (i32.eq (local.get $byte) (i32.const 0x74))) ;; true
              (local.set $rest (i32.const 36))
              (br_if $begun (i32.eq (local.get $byte) (i32.const 0x66))) ;; false
              (local.set $rest (i32.const 41))
              (br_if $begun (i32.eq (local.get $byte) (i32.const 0x6e))) ;; null
              (br_if $fail (i32.eqz (local.get $passesNonFinite)))
              (local.set $rest (i32.const 45))
              (if (i32.ne (local.get $byte) (i32.const 0x4e)) ;; NaN
                (then
                  (local.set $rest (i32.const 48))
                  (br_if $fail (i32.ne (local.get $byte) (i32.const 0x49))))) ;; Infinity
              (i32.store (i32.const 12) (i32.const 1)))
            (local.set $state (i32.const 20))
            (br $step))

          ;; $escape
            (if (i32.eq (local.get $byte) (i32.const 0x75)) ;; u
              (then
                (local.set $rest (i32.const 4))
                (local.set $state (i32.add (local.get $state) (i32.const 2))) ;; HEX
                (br $step)))
            (block $allowed
              (br_if $allowed (i32.eq (local.get $byte) (i32.const 0x6e))) ;; n
              (br_if $allowed (i32.eq (local.get $byte) (i32.const 0x22)))
              (br_if $allowed (i32.eq (local.get $byte) (i32.const 0x5c)))
              (br_if $allowed (i32.eq (local.get $byte) (i32.const 0x2f)))
              (br_if $allowed (i32.eq (local.get $byte) (i32.const 0x72))) ;; r
              (br_if $allowed (i32.eq (local.get $byte) (i32.const 0x74))) ;; t
              (br_if $allowed (i32.eq (local.get $byte) (i32.const 0x62))) ;; b
              (br_if $fail (i32.ne (local.get $byte) (i32.const 0x66)))) ;; f
            (local.set $state (i32.sub (local.get $state) (i32.const 2))) ;; STRING
            (br $step))

          ;; $hex
            (if (i32.ge_u (i32.sub (local.get $byte) (i32.const 0x30)) (i32.const 10)) ;; 0 to 9
              (then
                (br_if $fail ;; a to f, A to F
                  (i32.ge_u (i32.sub (i32.or (local.get $byte) (i32.const 0x20)) (i32.const 0x61)) (i32.const 6)))))
            (local.set $rest (i32.sub (local.get $rest) (i32.const 1)))
            (br_if $step (local.get $rest))
            (local.set $state (i32.sub (local.get $state) (i32.const 4))) ;; STRING
            (br $step))

          ;; $colon
            (br_if $space (i32.ne (local.get $byte) (i32.const 0x3a)))
            (local.set $state (i32.const 1))
            (br $step))

          ;; $firstKey: }, or as for a key
            (br_if $close (i32.eq (local.get $byte) (i32.const 0x7d))))

          ;; $key
            (br_if $space (i32.ne (local.get $byte) (i32.const 0x22)))
            (local.set $state (i32.const 3))
            (br $step))

          ;; $minus
            (if (i32.eq (local.get $byte) (i32.const 0x30))
              (then (local.set $state (i32.const 13)) (br $step)))
            (if (i32.lt_u (i32.sub (local.get $byte) (i32.const 0x31)) (i32.const 9))
              (then (local.set $state (i32.const 14)) (br $step)))
            (br_if $fail (i32.eqz (local.get $passesNonFinite)))
            (br_if $fail (i32.ne (local.get $byte) (i32.const 0x49))) ;; Infinity
            (i32.store (i32.const 12) (i32.const 1))
            (local.set $rest (i32.const 48))
            (local.set $state (i32.const 20))
            (br $step))

          ;; $zero
            (if (i32.eq (local.get $byte) (i32.const 0x2e)) ;; .
              (then (local.set $state (i32.const 15)) (br $step)))
            (br_if $ended (i32.ne (i32.or (local.get $byte) (i32.const 0x20)) (i32.const 0x65))) ;; e
            (local.set $state (i32.const 17))
            (br $step))

          ;; $digits: of an INTEGER or a FRACTION
            (loop $more
              (if (i32.lt_u (i32.sub (local.get $byte) (i32.const 0x30)) (i32.const 10))
                (then
                  (local.set $at (i32.add (local.get $at) (i32.const 1)))
                  (br_if $stop (i32.ge_u (local.get $at) (local.get $end)))
                  (local.set $byte (i32.load8_u (local.get $at)))
                  (br $more))))
            (if (i32.and (i32.eq (local.get $byte) (i32.const 0x2e)) (i32.eq (local.get $state) (i32.const 14)))
              (then (local.set $state (i32.const 15)) (br $step)))
            (br_if $ended (i32.ne (i32.or (local.get $byte) (i32.const 0x20)) (i32.const 0x65)))
            (local.set $state (i32.const 17))
            (br $step))

          ;; $point
            (br_if $fail (i32.ge_u (i32.sub (local.get $byte) (i32.const 0x30)) (i32.const 10)))
            (local.set $state (i32.const 16))
            (br $step))

          ;; $exponent
            (block $sign
              (br_if $sign (i32.eq (local.get $byte) (i32.const 0x2b))) ;; +
              (br_if $sign (i32.eq (local.get $byte) (i32.const 0x2d))) ;; -
              (br_if $fail (i32.ge_u (i32.sub (local.get $byte) (i32.const 0x30)) (i32.const 10)))
              (local.set $state (i32.const 19))
              (br $step))
            (local.set $state (i32.const 18))
            (br $step))

          ;; $exponentSign
            (br_if $fail (i32.ge_u (i32.sub (local.get $byte) (i32.const 0x30)) (i32.const 10)))
            (local.set $state (i32.const 19))
            (br $step))

          ;; $exponentDigits
            (br_if $step (i32.lt_u (i32.sub (local.get $byte) (i32.const 0x30)) (i32.const 10)))
            (br $ended))

          ;; $word
            (br_if $fail (i32.ne (local.get $byte) (i32.load8_u (local.get $rest))))
            (local.set $rest (i32.add (local.get $rest) (i32.const 1)))
            (br_if $step (i32.load8_u (local.get $rest)))
            (br $behind))

          ;; $space: nothing else may stand here
            (br_if $step (i32.eq (local.get $byte) (i32.const 0x20)))
            (br_if $step (i32.eq (local.get $byte) (i32.const 0x0a)))
            (br_if $step (i32.eq (local.get $byte) (i32.const 0x0d)))
            (br_if $step (i32.eq (local.get $byte) (i32.const 0x09)))
            (br $fail))

          ;; $ended: a number, before this byte
            (local.set $state (select (i32.const 0) (i32.const 21) (local.get $depth)))
            (br $next))

          ;; $close
            (local.set $depth (i32.sub (local.get $depth) (i32.const 1))))

          ;; $behind: a value, with this byte
            (local.set $state (select (i32.const 0) (i32.const 21) (local.get $depth))))

        ;; $step
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $next)))

      ;; $fail
      (local.set $at (i32.sub (i32.const 0x1ffff) (local.get $at))))

    ;; $stop
    (i32.store (i32.const 0) (local.get $state))
    (i32.store (i32.const 4) (local.get $depth))
    (i32.store (i32.const 8) (local.get $rest))
    (i32.sub (local.get $at) (i32.const 65536))))
