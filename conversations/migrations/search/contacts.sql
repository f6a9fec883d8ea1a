-- Contacts are found by groups of three letters: "_vera_shop_test_" holds "_ve", "ver", "era" …
CREATE FUNCTION conversations_contact_text(name text, email text, phone_number text, identifier text, more jsonb)
RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT '_' || replace(public.conversations_search_fold(left(
    concat_ws(' ', name, email, phone_number, identifier, more ->> 'company_name'), 1000)), ' ', '_') || '_'
$$;

CREATE FUNCTION conversations_search_grams(given text) RETURNS SETOF text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
SELECT DISTINCT substr(given, i, 3) FROM generate_series(1, greatest(char_length(given) - 2, 1)) AS i
$$;

CREATE FUNCTION conversations_contact_grams(account_id bigint, id bigint, given text) RETURNS tsvector
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
SELECT array_to_tsvector(ARRAY(SELECT to_hex(id >> 16) || '.' || account_id || '.' || gram
                               FROM public.conversations_search_grams(given) AS gram))
$$;

CREATE FUNCTION conversations_gram_contact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.conversations_contactgrams (account_id, contact_id, grams)
    VALUES (NEW.account_id, NEW.id, public.conversations_contact_grams(NEW.account_id, NEW.id,
        public.conversations_contact_text(NEW.name, NEW.email, NEW.phone_number, NEW.identifier,
                                          NEW.additional_attributes)))
    ON CONFLICT (account_id, contact_id) DO UPDATE SET grams = excluded.grams;
    RETURN NULL;
END $$;

CREATE TRIGGER contact_comes AFTER INSERT ON conversations_contact
FOR EACH ROW EXECUTE FUNCTION conversations_gram_contact();

CREATE TRIGGER contact_is_renamed AFTER UPDATE ON conversations_contact FOR EACH ROW
WHEN ((OLD.name, OLD.email, OLD.phone_number, OLD.identifier, OLD.additional_attributes ->> 'company_name')
      IS DISTINCT FROM
      (NEW.name, NEW.email, NEW.phone_number, NEW.identifier, NEW.additional_attributes ->> 'company_name'))
EXECUTE FUNCTION conversations_gram_contact();

-- As conversations_search_messages, with the same rights for the same reason. An agent finds contacts with a session in
-- an inbox of theirs, those of conversations they may see, and those that never wrote to any inbox.
--   hits   those with every word at the beginning of one of theirs, then those with it anywhere; newest first
CREATE FUNCTION conversations_search_contacts(p_account bigint, p_inboxes bigint[], p_member bigint, p_teams bigint[],
    p_words text[], p_most integer, OUT hits bigint[])
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    began timestamptz := clock_timestamp();
    words text[] := ARRAY(SELECT replace(f, ' ', '_') FROM unnest(p_words) AS word,
        public.conversations_search_fold(left(word, 100)) AS f WHERE f <> '' LIMIT 10);
    lead text; ask text; oldest bigint; newest bigint; top bigint; bottom bigint; step integer;
BEGIN
    hits := '{}';
    IF words = '{}' OR p_account IS DISTINCT FROM nullif(current_setting('app.account_id', true), '')::bigint THEN
        RETURN;
    END IF;
    oldest := (SELECT id FROM public.conversations_contact WHERE account_id = p_account ORDER BY id LIMIT 1);
    newest := (SELECT id FROM public.conversations_contact WHERE account_id = p_account ORDER BY id DESC LIMIT 1);
    FOREACH lead IN ARRAY ARRAY['_', ''] LOOP
        -- One or two letters are the beginning of a group.
        ask := (SELECT string_agg('''' || chr(1) || gram || '''' ||
                                  CASE WHEN char_length(gram) < 3 THEN ':*' ELSE '' END, ' & ')
                FROM unnest(words) AS word, public.conversations_search_grams(lead || word) AS gram);
        top := newest >> 16;
        step := 1;
        WHILE top >= oldest >> 16 AND cardinality(hits) < p_most LOOP
            bottom := greatest(top - step + 1, oldest >> 16);
            hits := hits || ARRAY(
                SELECT hit.id FROM generate_series(top, bottom, -1) AS block
                CROSS JOIN LATERAL (
                    SELECT c.id FROM (
                        SELECT g.contact_id FROM public.conversations_contactgrams AS g
                        WHERE g.grams @@ replace(ask, chr(1), to_hex(block) || '.' || p_account || '.')::tsquery
                          AND g.account_id + 0 = p_account OFFSET 0) AS g
                    JOIN public.conversations_contact AS c ON c.account_id = p_account AND c.id = g.contact_id
                    WHERE c.id <> ALL (hits)
                      AND (SELECT bool_and(position(lead || word IN f.text) > 0) FROM unnest(words) AS word,
                               public.conversations_contact_text(c.name, c.email, c.phone_number, c.identifier,
                                                                 c.additional_attributes) AS f(text))
                      AND (p_inboxes IS NULL
                        OR EXISTS (SELECT 1 FROM public.conversations_contactinbox AS s WHERE s.account_id = p_account
                                   AND s.contact_id = c.id AND s.inbox_id = ANY (p_inboxes))
                        OR EXISTS (SELECT 1 FROM public.conversations_conversation AS t WHERE t.account_id = p_account
                                   AND t.contact_id = c.id
                                   AND (t.assignee_id = p_member OR t.team_id = ANY (p_teams)))
                        OR NOT EXISTS (SELECT 1 FROM public.conversations_contactinbox AS s
                                       WHERE s.account_id = p_account AND s.contact_id = c.id))
                    ORDER BY c.id DESC LIMIT p_most - cardinality(hits)
                ) AS hit
                LIMIT p_most - cardinality(hits));
            EXIT WHEN clock_timestamp() > began + interval '300 milliseconds';
            top := (SELECT id FROM public.conversations_contact WHERE account_id = p_account AND id < bottom << 16
                    ORDER BY id DESC LIMIT 1) >> 16;
            step := least(step * 2, 256);
        END LOOP;
    END LOOP;
END $$;

REVOKE ALL ON FUNCTION conversations_search_contacts FROM PUBLIC;
