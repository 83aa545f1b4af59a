package algorist.maven;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.List;
import javax.inject.Inject;
import javax.inject.Named;
import javax.inject.Singleton;
import org.apache.maven.AbstractMavenLifecycleParticipant;
import org.apache.maven.MavenExecutionException;
import org.apache.maven.execution.MavenSession;
import org.apache.maven.project.DefaultDependencyResolutionRequest;
import org.apache.maven.project.DependencyResolutionException;
import org.apache.maven.project.MavenProject;
import org.apache.maven.project.ProjectDependenciesResolver;
import org.eclipse.aether.artifact.Artifact;
import org.eclipse.aether.graph.Dependency;
import org.eclipse.aether.util.filter.ScopeDependencyFilter;

/**
 * Lists what a project depends on, resolved by Maven itself but without any plugin: `-Dalgorist.dependencies=FILE` has a line
 * for each, with its scope, its coordinates and its jar, between tabs. Plugins are a hundred downloads more.
 */
@Named("algorist")
@Singleton
public final class ListDependencies extends AbstractMavenLifecycleParticipant {
    private final ProjectDependenciesResolver resolver;

    @Inject
    public ListDependencies(ProjectDependenciesResolver resolver) {
        this.resolver = resolver;
    }

    @Override
    public void afterProjectsRead(MavenSession session) throws MavenExecutionException {
        String file = session.getUserProperties().getProperty("algorist.dependencies");
        if (file == null) return;
        MavenProject project = session.getCurrentProject();
        DefaultDependencyResolutionRequest request = new DefaultDependencyResolutionRequest(project, session.getRepositorySession());
        request.setResolutionFilter(new ScopeDependencyFilter("test"));
        try {
            List<String> lines = new ArrayList<>();
            for (Dependency dependency : resolver.resolve(request).getResolvedDependencies()) lines.add(lineOf(dependency));
            Files.write(Paths.get(file), lines);
        } catch (DependencyResolutionException | IOException error) {
            throw new MavenExecutionException(error.getMessage(), error);
        }
    }

    private static String lineOf(Dependency dependency) {
        Artifact artifact = dependency.getArtifact();
        return dependency.getScope() + "\t" + artifact + "\t" + artifact.getFile();
    }
}
