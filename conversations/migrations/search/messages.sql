-- What a folded word asks of the index, as the text of a tsquery; chr(1) stands where block and account come in.
CREATE FUNCTION conversations_search_asks(folded text, starts boolean) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
WITH cut AS (
    SELECT DISTINCT left(entry, 64) AS entry, entry ~ '[{UNSPACED}]' AS unspaced
    FROM string_to_table(public.conversations_search_words(folded), ' ') AS entry WHERE entry <> ''
), wanted AS (
    -- A run's last letter is an entry only where the run ends there.
    SELECT * FROM cut WHERE NOT (unspaced AND char_length(entry) = 1)
        OR NOT EXISTS (SELECT 1 FROM cut WHERE unspaced AND char_length(entry) = 2)
)
SELECT '(' || string_agg('''' || chr(1) || entry || '''' ||
    CASE WHEN char_length(entry) = 64 OR (unspaced AND char_length(entry) = 1) THEN ':*'
         WHEN starts AND NOT unspaced AND char_length(entry) > 2 AND right(folded, char_length(entry)) = entry THEN ':*'
         ELSE '' END, ' & ') || ')'
FROM wanted
$$;

-- `must` and `never`: folded texts whose words have to stand, or must not stand, in the message in this order.
CREATE FUNCTION conversations_search_question(p_words text[], p_phrases text[], p_without text[], p_senders text[],
    p_inboxes bigint[], p_has text[], OUT ask text, OUT must text[], OUT never text[])
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    folded text; piece text; asked text[] := '{}';
BEGIN
    must := '{}'; never := '{}';
    FOR folded, piece IN
        SELECT f, public.conversations_search_asks(f, given.starts)
        FROM (SELECT word, true FROM unnest(p_words) AS word UNION ALL
              SELECT word, false FROM unnest(p_phrases) AS word) AS given(word, starts),
             public.conversations_search_fold(left(given.word, 256)) AS f WHERE f <> '' LIMIT 20
    LOOP
        asked := asked || piece;
        IF position('&' IN piece) > 0 THEN must := must || folded; END IF;
    END LOOP;
    IF p_senders IS NOT NULL THEN
        asked := asked || (SELECT '(' || string_agg('''' || chr(1) || '@' || s || '''', ' | ') || ')'
                           FROM unnest(p_senders) AS s WHERE s ~ '^[ucb][0-9]{1,19}$');
    END IF;
    IF p_inboxes IS NOT NULL THEN
        asked := asked || (SELECT '(' || string_agg('''' || chr(1) || '@i' || i || '''', ' | ') || ')'
                           FROM unnest(p_inboxes) AS i);
    END IF;
    asked := asked || ARRAY(SELECT '''' || chr(1) || '@' || h || '''' FROM unnest(p_has) AS h
                            WHERE h IN ('note', 'link'));
    -- An index cannot be asked for what is not there; every message has an inbox.
    IF asked = '{}' THEN asked := ARRAY['''' || chr(1) || '@i'':*']; END IF;
    FOR folded, piece IN
        SELECT f, public.conversations_search_asks(f, false)
        FROM unnest(p_without) AS word, public.conversations_search_fold(left(word, 256)) AS f WHERE f <> '' LIMIT 20
    LOOP
        IF piece ~ '&|:[*]' THEN never := never || folded; ELSE asked := asked || ('!' || piece); END IF;
    END LOOP;
    ask := array_to_string(asked, ' & ');
END $$;

-- Runs with the owner's rights, because no text index can be used below a row-level policy. So everything is an
-- argument, the account has to be the one that the transaction is in, and what the viewer may see is looked at here.
-- It gives ids and nothing else: what is shown of them is read under the policies.
--   p_inboxes  null sees the whole account; else those, and what is assigned to p_member or one of p_teams
--   p_has      note, link, file, image
--   hits      at most p_most ids below p_below, newest first: from the newest block to older ones
--   reached    where it stopped because it took too long: what is older was not looked at
CREATE FUNCTION conversations_search_messages(p_account bigint, p_inboxes bigint[], p_member bigint, p_teams bigint[],
    p_words text[], p_phrases text[], p_without text[], p_senders text[], p_in bigint[], p_has text[],
    p_after timestamptz, p_before timestamptz, p_below bigint, p_most integer,
    OUT hits bigint[], OUT reached bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    began timestamptz := clock_timestamp();
    places bigint[] := p_in;
    ask text; must text[]; never text[];
    oldest bigint; newest bigint; top bigint; bottom bigint; step integer := 1;
    with_file boolean := p_has && '{file,image}';
    by_file boolean := with_file AND p_words = '{}' AND p_phrases = '{}';
BEGIN
    hits := '{}';
    IF p_account IS DISTINCT FROM nullif(current_setting('app.account_id', true), '')::bigint THEN
        RETURN;
    END IF;
    -- The index itself can leave other inboxes out, unless a conversation there is the viewer's or their team's.
    IF places IS NULL AND p_inboxes IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM public.conversations_conversation AS c
        WHERE c.account_id = p_account AND c.assignee_id = p_member AND c.inbox_id <> ALL (p_inboxes)
        UNION ALL
        SELECT 1 FROM public.conversations_conversation AS c
        WHERE c.account_id = p_account AND c.team_id = ANY (p_teams) AND c.inbox_id <> ALL (p_inboxes)
    ) THEN
        places := p_inboxes;
    END IF;
    IF places = '{}' OR p_senders = '{}' THEN
        RETURN;
    END IF;
    SELECT q.ask, q.must, q.never INTO ask, must, never
    FROM public.conversations_search_question(p_words, p_phrases, p_without, p_senders, places, p_has) AS q;
    oldest := (SELECT id FROM public.conversations_message WHERE account_id = p_account ORDER BY id LIMIT 1);
    newest := (SELECT id FROM public.conversations_message WHERE account_id = p_account
               AND id < coalesce(p_below, 9223372036854775807) ORDER BY id DESC LIMIT 1);
    top := newest >> 16;
    WHILE top >= oldest >> 16 LOOP
        bottom := greatest(top - step + 1, oldest >> 16);
        hits := hits || ARRAY(
            -- OFFSET 0: else the planner adds other indexes to this one, and reads a million of their entries.
            SELECT hit.id FROM generate_series(top, bottom, -1) AS block
            CROSS JOIN LATERAL (
                SELECT m.id FROM (
                    (SELECT m.* FROM public.conversations_message AS m
                    WHERE NOT by_file AND m.message_type <> 2
                      AND public.conversations_message_terms(m.account_id, m.id, m.inbox_id, m.private,
                              m.sender_user_id, m.sender_contact_id, m.sender_bot_id, m.content)
                          @@ replace(ask, chr(1), to_hex(block) || '.' || p_account || '.')::tsquery
                    OFFSET 0)
                    UNION ALL
                    SELECT m.* FROM (SELECT DISTINCT a.message_id FROM public.conversations_attachment AS a
                                     WHERE by_file AND a.account_id = p_account AND a.message_id >= block << 16
                                       AND a.message_id < (block + 1) << 16) AS a
                    JOIN public.conversations_message AS m ON m.account_id = p_account AND m.id = a.message_id
                    WHERE public.conversations_message_terms(m.account_id, m.id, m.inbox_id, m.private,
                              m.sender_user_id, m.sender_contact_id, m.sender_bot_id, m.content)
                          @@ replace(ask, chr(1), to_hex(block) || '.' || p_account || '.')::tsquery
                ) AS m
                WHERE m.account_id = p_account AND m.id <= newest
                  AND (m.content_attributes ->> 'deleted') IS DISTINCT FROM 'true'
                  AND (p_inboxes IS NULL OR m.inbox_id = ANY (p_inboxes) OR EXISTS (
                        SELECT 1 FROM public.conversations_conversation AS c
                        WHERE c.account_id = p_account AND c.id = m.conversation_id
                          AND (c.assignee_id = p_member OR c.team_id = ANY (p_teams))))
                  AND (p_after IS NULL OR m.created_at >= p_after)
                  AND (p_before IS NULL OR m.created_at < p_before)
                  AND (NOT with_file OR EXISTS (
                        SELECT 1 FROM public.conversations_attachment AS a
                        WHERE a.account_id = p_account AND a.message_id = m.id
                          AND (a.file_type = 0 OR NOT p_has @> '{image}')))
                  AND (must = '{}' AND never = '{}' OR (
                        SELECT coalesce(bool_and(CASE WHEN t.forbidden THEN position(t.text IN f.text) = 0
                                                      ELSE position(t.text IN f.text) > 0 END), true)
                        FROM public.conversations_search_fold(left(m.content, 40000)) AS f(text),
                             (SELECT text, false FROM unnest(must) AS text UNION ALL
                              SELECT text, true FROM unnest(never) AS text) AS t(text, forbidden)))
                ORDER BY m.id DESC LIMIT p_most - cardinality(hits)
            ) AS hit
            LIMIT p_most - cardinality(hits));
        EXIT WHEN cardinality(hits) >= p_most;
        IF clock_timestamp() > began + interval '300 milliseconds' AND bottom > oldest >> 16 THEN
            reached := bottom << 16;
            EXIT;
        END IF;
        -- On to the next message of the account: most blocks may be other accounts' alone.
        top := (SELECT id FROM public.conversations_message WHERE account_id = p_account AND id < bottom << 16
                ORDER BY id DESC LIMIT 1) >> 16;
        step := least(step * 2, 256);
    END LOOP;
    hits := ARRAY(SELECT id FROM unnest(hits) AS id ORDER BY id DESC);
END $$;

REVOKE ALL ON FUNCTION conversations_search_messages FROM PUBLIC;
