//! Playing a scenario from beginning to end.

use crate::{
    client::Client,
    cycle::{Run, Scope},
    directory::{Directory, Group},
    faults::{Faults, Faulty},
    http_client::Http,
    ledger::{Event, Halt, Ledger},
    memory::{Memory, Part},
    options::{self, Error, Options},
    person::Standing,
    provider::Provider,
    report::{Report, Roster, RosterGroup, RosterPerson},
    scenario::{Phase, Way, phases},
    set_up::{set_up, unlink},
    transport::{Transport, TransportError},
};

/// A provider, a directory and a story, ready to be played against a server.
#[derive(Clone, Debug)]
pub struct Simulation {
    provider: Provider,
    base: String,
    options: Options,
    part: Part,
}

impl Simulation {
    /// Returns a simulation of `provider`.
    ///
    /// # Errors
    /// [`Error`] when the URL, the token or a number cannot be used, or when the scenario makes no
    /// sense for the provider.
    ///
    /// ```
    /// use enroll_simulate::{Error, Options, Provider, Simulation};
    ///
    /// let url = "https://scim.example/scim/v2?aadOptscim062020";
    /// let entra = Simulation::new(Provider::Entra, Options::new(url, "secret"))?;
    /// assert_eq!(entra.provider(), Provider::EntraOptscim);
    ///
    /// let okta = Simulation::new(Provider::Okta, Options::new(url, "secret"));
    /// assert!(matches!(okta, Err(Error::Url { .. })), "the flag is Microsoft's");
    /// # Ok::<(), Error>(())
    /// ```
    pub fn new(provider: Provider, options: Options) -> Result<Self, Error> {
        options::check(&options)?;
        let (base, provider) = options::base(&options.url, provider)?;
        options.scenario.check(provider)?;
        Ok(Self {
            provider,
            base,
            options,
            part: Part::default(),
        })
    }

    /// Stops after so many phases of the story, without verification: [`Simulation::memory`] then
    /// lets another run go on.
    pub fn stop_after(mut self, phases: usize) -> Self {
        self.part.stop_after = Some(phases);
        self
    }

    /// Goes on where a run of the same story stopped, perhaps at another base URL.
    pub fn resume(mut self, memory: Memory) -> Self {
        self.part.before = memory;
        self
    }

    /// Returns what the provider remembered at the end of the last phase that was played.
    pub fn memory(&self) -> Memory {
        self.part.after()
    }

    /// Returns who is played: with its flag on the URL, Entra is [`Provider::EntraOptscim`].
    pub fn provider(&self) -> Provider {
        self.provider
    }

    /// Returns how many phases the whole story has.
    ///
    /// ```
    /// use enroll_simulate::{Options, Provider, Scenario, Simulation};
    ///
    /// let scenario = Scenario::ReHire;
    /// let options = Options { scenario, ..Options::new("https://scim.example/v2", "secret") };
    /// assert_eq!(Simulation::new(Provider::Ping, options)?.phases(), 4);
    /// # Ok::<(), enroll_simulate::Error>(())
    /// ```
    pub fn phases(&self) -> usize {
        self.story().1.len()
    }

    /// Plays the scenario over HTTP, telling `progress` what happens.
    ///
    /// # Errors
    /// [`TransportError`] when no connection of that kind can be set up at all. A server that does
    /// not answer is no error but a failure in the report.
    pub async fn run(&self, progress: impl FnMut(&Event) + Send) -> Result<Report, TransportError> {
        let http = Http::new(&self.base)?;
        Ok(self.run_over(&http, progress).await)
    }

    /// Plays the scenario over any transport.
    pub async fn run_over<T: Transport>(
        &self,
        transport: &T,
        progress: impl FnMut(&Event) + Send,
    ) -> Report {
        let Options {
            faults: percent,
            seed,
            ..
        } = self.options;
        if percent == 0 {
            return self.play_over(transport, progress).await;
        }
        let faulty = Faulty::new(transport, Faults { percent, seed });
        self.play_over(&faulty, progress).await
    }

    async fn play_over<T: Transport>(
        &self,
        transport: &T,
        mut progress: impl FnMut(&Event) + Send,
    ) -> Report {
        let Options { seed, scenario, .. } = self.options;
        let (directory, phases) = self.story();
        let mut end = directory.clone();
        for change in phases.iter().flat_map(|phase| &phase.changes) {
            end.apply(*change);
        }
        let ledger = Ledger::new(&mut progress);
        let server = (self.base.as_str(), self.provider);
        let client = Client::new(transport, server, &self.options, ledger);
        let mut run = Run::new(directory, client);
        let second_cycle = run.play(&phases, &self.part).await;
        // Given up early or not, the report says what the whole story means.
        run.directory = end;
        let meant = run.roster();
        let ledger = run.client.ledger;
        Report {
            provider: self.provider,
            scenario,
            seed,
            url: self.base.clone(),
            finished: second_cycle.is_ok(),
            requests: ledger.requests,
            retries: ledger.retries,
            second_cycle_writes: second_cycle.unwrap_or(0),
            failures: ledger.failures,
            differences: ledger.differences,
            quarantined: run.quarantine.tried,
            meant,
        }
    }

    /// Returns the directory as it is before anybody joins, and what happens in it.
    fn story(&self) -> (Directory, Vec<Phase>) {
        let Options {
            users,
            groups,
            seed,
            scenario,
            ..
        } = self.options;
        let mut directory = Directory::new(self.provider, seed, users, groups);
        directory.pushes_groups = scenario.pushes_groups(self.provider);
        let mut phases = phases(scenario, self.provider, seed, &directory);
        match self.provider {
            Provider::OneLogin => set_up(&self.options.onelogin, &mut directory, &mut phases),
            Provider::Okta | Provider::OktaWizard if self.options.okta.unlink => {
                unlink(&directory, &mut phases);
            }
            _ => {}
        }
        (directory, phases)
    }
}

impl<T: Transport> Run<'_, T> {
    /// Plays all phases of the part, reads back, and returns how many writes a second cycle made.
    async fn play(&mut self, phases: &[Phase], part: &Part) -> Result<u64, Halt> {
        self.client.ledger.stage("connection test");
        self.connect().await?;
        for (played, phase) in phases.iter().enumerate() {
            if played == part.before.phases {
                self.remember(&part.before);
            }
            for change in &phase.changes {
                self.directory.apply(*change);
            }
            if played < part.before.phases {
                continue;
            }
            self.on_demand().await?;
            self.client.ledger.stage(phase.name);
            match phase.way {
                Way::Cycle => self.slot().await?,
                Way::GroupsFirst => self.groups_first().await?,
                Way::AtOnce => self.cycle_at_once().await?,
            }
            if part.ends(self, played + 1) {
                return Ok(0);
            }
        }
        if part.before.phases >= phases.len() {
            self.remember(&part.before);
        }
        self.leave_quarantine().await?;
        self.restart().await?;
        self.push_now().await?;
        self.client.ledger.stage("verification");
        self.verify().await?;
        self.import().await?;
        self.client.ledger.stage("second cycle");
        let before = self.client.ledger.writes;
        self.cycle(Scope::Everything).await?;
        Ok(self.client.ledger.writes - before)
    }

    /// Returns the directory, with the server's ids where they are known.
    fn roster(&self) -> Roster {
        let mut roster = Roster::default();
        for key in 0..self.directory.people.len() {
            let Some(person) = self.roster_person(key) else {
                continue;
            };
            match person.standing.as_str() {
                "active" => roster.active.push(person),
                "pending" => roster.pending.push(person),
                _ => roster.left.push(person),
            }
        }
        let group = |(key, group): (usize, &Group)| RosterGroup {
            id: self.groups.get(&key).map(|known| known.id.clone()),
            display_name: group.name.clone(),
            members: self
                .wanted_members(key)
                .into_iter()
                .map(|person| self.user_name(person))
                .collect(),
        };
        roster.groups = self.directory.existing_groups().map(group).collect();
        roster
    }

    fn roster_person(&self, key: usize) -> Option<RosterPerson> {
        let person = self.directory.people.get(key)?;
        let groups = self.directory.groups_of(key).into_iter();
        Some(RosterPerson {
            id: self.people.get(&key).map(|known| known.id.clone()),
            user_name: person.user_name.clone(),
            email: person.email.clone(),
            external_id: person.external_id.clone(),
            given_name: person.given.to_owned(),
            family_name: person.family.to_owned(),
            timezone: person.time_zone().to_owned(),
            iana_timezone: person.iana_time_zone().unwrap_or_default().to_owned(),
            country: person.country().map(str::to_owned),
            user_type: person.user_type.map(str::to_owned),
            external: person.is_external(),
            standing: match person.standing {
                Standing::Active => "active",
                Standing::Waiting => "waiting",
                Standing::Pending => "pending",
                Standing::Suspended => "suspended",
                Standing::Deleted => "deleted",
                Standing::LeftBehind => "left behind",
            }
            .to_owned(),
            groups: groups
                .filter_map(|group| Some(self.directory.groups.get(group)?.name.clone()))
                .collect(),
        })
    }
}
