//! What must hold whenever nothing is under way, and in the end.

use super::*;

impl World {
    /// What must hold whenever nothing is under way (semantics L11 above all).
    pub async fn check(&self) {
        let rows = self.incidents().await;
        let store = self.store();
        let mut wakes = Vec::new();
        {
            let wakes = &mut wakes;
            let far = Timestamp::from_millis(i64::MAX);
            let scope = Scope { wakes: Some((far, 100_000)), ..Scope::default() };
            let looked = store
                .transact(
                    scope,
                    Box::new(move |loaded| {
                        wakes.clone_from(&loaded.wakes);
                        Changes::default()
                    }),
                )
                .await;
            if let Err(error) = looked {
                self.witness.book().broken(format!("the timers cannot be read: {error}"));
            }
        }
        let mut book = self.witness.book();
        let mut issues: BTreeMap<&str, IncidentId> = BTreeMap::new();
        for row in &rows {
            let incident = &row.incident;
            let mine: Vec<_> = wakes.iter().filter(|wake| wake.incident == incident.id).collect();
            if !incident.state.is_live() {
                if !mine.is_empty() {
                    book.broken(format!("{} is resolved, but has a timer (L11)", incident.id));
                }
                continue;
            }
            let policy = self.witness.policy(&incident.policy);
            let deadline = policy.and_then(|policy| domain::decide::ladder::next_wake(incident, policy));
            match mine.as_slice() {
                [one] => {
                    if deadline.is_none_or(|deadline| one.due > deadline) || one.plan != incident.plan {
                        book.broken(format!(
                            "{}: its timer rings at {} for revision {}, but its deadline is {deadline:?} in revision {} (L11)",
                            incident.id, one.due, one.plan, incident.plan
                        ));
                    }
                }
                other => book.broken(format!("{} is live and has {} timers (L11)", incident.id, other.len())),
            }
            for issue in incident.issues.iter().filter(|issue| issue.open) {
                if let Some(other) = issues.insert(&issue.id, incident.id) {
                    book.broken(format!("issue {} is in {other} and in {} (I1)", issue.id, incident.id));
                }
            }
        }
        if wakes.iter().any(|wake| !rows.iter().any(|row| row.incident.id == wake.incident)) {
            book.broken("a timer of no incident");
        }
    }

    /// What must hold in the end: the ledgers of the outside against the store.
    pub async fn check_ledgers(&self) {
        let store = self.store();
        let mut first: BTreeMap<&bytes::Bytes, DeliveryId> = BTreeMap::new();
        for (message, id, outcome) in &self.answered {
            match store.delivery(*id).await {
                Ok(Some(stored)) => {
                    let mut book = self.witness.book();
                    if stored.body != message.body {
                        book.broken(format!("{id} ({}) is not stored byte for byte", message.what));
                    }
                    if stored.row.outcome != *outcome {
                        book.broken(format!("{id} was answered {outcome:?} and is stored as {:?}", stored.row.outcome));
                    }
                }
                other => self.witness.book().broken(format!("{id} was answered and is not stored: {other:?}")),
            }
            let other = first.insert(&message.body, *id).filter(|other| other != id);
            if let Some(other) = other.filter(|_| !message.life_cycle) {
                self.witness.book().broken(format!("{} was taken twice, as {other} and {id} (D1)", message.what));
            }
        }
        let ids: Vec<DeliveryId> = self.witness.book().deliveries.keys().copied().collect();
        for id in ids {
            let known = store.delivery(id).await.ok().flatten().is_some_and(|one| self.sent.contains_key(&one.body));
            if !known {
                self.witness.book().broken(format!("{id} is stored, but nobody sent it"));
            }
        }
        let ids: Vec<IncidentId> = self.witness.book().stories.keys().copied().collect();
        for id in ids {
            let rows = store.timeline(id, None, 100_000).await.map(|page| page.items).unwrap_or_default();
            let stored: Vec<_> = rows.into_iter().map(|row| (row.at, row.entry)).collect();
            let mut book = self.witness.book();
            let told = book.stories.get(&id).is_some_and(|story| story.told == stored);
            if !told {
                book.broken(format!("{id}: the stored timeline is not what was committed"));
            }
        }
        self.check_nobody_was_forgotten().await;
    }

    /// Every ladder that came to its end was told to somebody, or says that it was not (semantics L14).
    pub(super) async fn check_nobody_was_forgotten(&self) {
        let owed = self.store().owed(100_000).await.unwrap_or_default();
        let mut book = self.witness.book();
        let silent: Vec<IncidentId> = book
            .stories
            .iter()
            .filter(|(id, story)| {
                let said = story.reached_nobody > 0
                    || story.ended_before_its_digest
                    || story.answered_by_a_person
                    || owed.iter().any(|owed| owed.task.incident == **id);
                story.exhausted > 0 && story.delivered == 0 && !said
            })
            .map(|(id, _)| *id)
            .collect();
        for id in silent {
            book.broken(format!("{id}: its ladder ended, nobody was told, and nothing is owed (L14)"));
        }
    }
}
