-- title: Signatures
-- question: Which parties signed or took a stance, how often, and from when to when?
-- parameters: party (party, optional, signatures of this party)
-- columns: stance: signed, or what a counter-signature says
--          entries: entries signed so
--          alone: of these, entries that no other party signed or took a stance on
-- note: Events that were corrected or voided are counted too. `keys` shows who vouches for keys.
WITH told AS (
  SELECT signature.event_idx, signature.party, signature.stance, signature.via_idx,
         (SELECT count(DISTINCT other.party) FROM signature AS other
          WHERE other.event_idx = signature.event_idx AND other.via_idx <= :known_at) AS parties
  FROM signature JOIN event ON event.idx = signature.event_idx
  WHERE via_idx <= :known_at AND event.valid_at < :as_of
    AND (:party IS NULL OR signature.party = :party)
)
SELECT party, stance, count(DISTINCT event_idx) AS entries, sum(parties = 1) AS alone,
       min(via_idx) AS first_entry, max(via_idx) AS newest_entry
FROM told
GROUP BY party, stance
ORDER BY party, stance
