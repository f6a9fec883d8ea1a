-- How a text is folded and cut into what the index holds, from what PostgreSQL 15 has without any extension.
-- {UNSPACED}, {MARKS} and {SEPARATORS} are lists of letters, put in by the migration.

CREATE FUNCTION conversations_search_fold(given text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
SELECT btrim(regexp_replace(
    CASE WHEN octet_length(given) = char_length(given) THEN lower(given)
         ELSE normalize(regexp_replace(lower(normalize(given, NFKD)), '[{MARKS}]+', '', 'g'), NFC) END,
    '[{SEPARATORS}]+', ' ', 'g'))
$$;

-- The words of a folded text, by spaces. A run of an unspaced script becomes all pairs of neighbours and its last letter.
CREATE FUNCTION conversations_search_words(folded text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
SELECT CASE WHEN octet_length(folded) > char_length(folded) AND folded ~ '[{UNSPACED}]'
    THEN btrim(regexp_replace(
        regexp_replace(folded, '([{UNSPACED}]{1,2})', ' \1 ', 'g') || ' ' ||
        regexp_replace(regexp_replace(folded, '(?<![{UNSPACED}])[{UNSPACED}]', ' ', 'g'),
                       '([{UNSPACED}]{1,2})', ' \1 ', 'g'), ' {2,}', ' ', 'g'))
    ELSE folded END
$$;

-- Every entry begins with a block of ids and the account ("2f.42.refund"). A tsvector holds a megabyte, an entry two
-- kilobytes: a longer text is found by its first 40,000 letters, a longer word by its first 64.
CREATE FUNCTION conversations_message_terms(account_id bigint, id bigint, inbox_id bigint, private boolean,
    sender_user_id bigint, sender_contact_id bigint, sender_bot_id bigint, content text) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 1000 AS $$
DECLARE
    place text := to_hex(id >> 16) || '.' || account_id || '.';
    words text := public.conversations_search_words(public.conversations_search_fold(left(content, 40000)));
BEGIN
    IF words ~ '[^ ]{65}' THEN
        words := regexp_replace(words, '([^ ]{64})[^ ]+', '\1', 'g');
    END IF;
    words := concat_ws(' ', '@i' || inbox_id, '@u' || sender_user_id, '@c' || sender_contact_id, '@b' || sender_bot_id,
        CASE WHEN private THEN '@note' END, CASE WHEN content ~ 'https?://' THEN '@link' END, nullif(words, ''));
    RETURN array_to_tsvector(string_to_array(place || replace(words, ' ', ' ' || place), ' '));
END $$;
